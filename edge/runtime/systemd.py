"""What a service tells systemd (sd_notify(3)): ready, alive, stopping. Silent where systemd isn't listening."""

import os
import socket
from collections.abc import Mapping


class Notifier:
    """The socket that systemd named in the environment, or none."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self.watchdog_s = int(environment.get("WATCHDOG_USEC", "0")) / 1_000_000

    def ready(self) -> None:
        """Everything is started."""
        self._send("READY=1")

    def alive(self) -> None:
        """Work was finished lately; resets the watchdog."""
        self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """The program is on its way out."""
        self._send("STOPPING=1")

    def _send(self, state: str) -> None:
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
            out.connect(self._address)
            out.sendall(state.encode())
