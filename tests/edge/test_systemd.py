"""What systemd hears: the protocol of sd_notify(3), on a real datagram socket."""

import socket
from pathlib import Path

import pytest

from edge.runtime.systemd import Notifier


def test_says_ready_alive_and_stopping(tmp_path: Path) -> None:
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(path))
        notifier = Notifier({"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "30000000"})
        notifier.ready()
        notifier.alive()
        notifier.stopping()
        assert [systemd.recv(100) for _ in range(3)] == [b"READY=1", b"WATCHDOG=1", b"STOPPING=1"]
    assert notifier.watchdog_s == 30


def test_abstract_socket() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind("\0luxi-test-notify")
        Notifier({"NOTIFY_SOCKET": "@luxi-test-notify"}).ready()
        assert systemd.recv(100) == b"READY=1"


def test_is_silent_without_systemd() -> None:
    Notifier({}).ready()
    assert Notifier({}).watchdog_s == 0


def test_a_socket_that_is_gone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready()
