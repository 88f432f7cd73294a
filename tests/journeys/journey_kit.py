"""What the journeys share: a whole county in a temporary folder, and waiting with an end."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hil.count import Account, account
from hil.virtual.site import VirtualSite, Wishes, standing

PATIENCE_S = 90.0


def until(what: Callable[[], object], why: str, patience_s: float = PATIENCE_S) -> None:
    """Wait until `what` is true; fail with `why` when it takes too long."""
    end = time.monotonic() + patience_s
    while not what():
        assert time.monotonic() < end, why
        time.sleep(0.2)


def settled(site: VirtualSite) -> Account:
    """The account once everything written until now is at the county; fails if it never is."""
    marks = account(site).marks()
    assert marks, "the device wrote nothing"
    until(lambda: not account(site).lost(marks), f"lost: {account(site).lost(marks)}")
    return account(site)


@contextmanager
def county(folder: Path, wishes: Wishes) -> Iterator[VirtualSite]:
    """A running virtual site; shows the programs' logs when a test fails in it."""
    with standing(folder, wishes) as site:
        try:
            yield site
        except BaseException:
            for program in site.programs.values():
                print(f"--- {program.name}\n{program.tail(30)}")
            raise
