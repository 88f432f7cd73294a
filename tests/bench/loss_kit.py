"""Real loss of packets: a network namespace of our own in which nftables drops a share of them."""

import ctypes
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

TABLE = "luxi_soak"
NEW_NETWORK = 0x4000_0000  # CLONE_NEWNET of <linux/sched.h>


def entered() -> bool:
    """Leave the machine's network for one with nothing but a loopback, for good; False where that may not be done.

    Who calls this has only one thread yet, and starts all its programs afterwards.
    """
    if not all(shutil.which(tool) for tool in ("ip", "nft")):
        return False
    if ctypes.CDLL(None, use_errno=True).unshare(NEW_NETWORK) != 0:
        return False
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    return True


@contextmanager
def losing(port: int, percent: int) -> Iterator[None]:
    """While the block lasts, so many of 100 packets to and from a port are dropped by the kernel."""
    chain = f"add table inet {TABLE}; add chain inet {TABLE} input {{ type filter hook input priority 0; }}; "
    rules = "; ".join(
        f"add rule inet {TABLE} input tcp {side} {port} numgen random mod 100 < {percent} drop"
        for side in ("dport", "sport")
    )
    subprocess.run(["nft", chain + rules], check=True)
    try:
        yield
    finally:
        subprocess.run(["nft", f"delete table inet {TABLE}"], check=True)
