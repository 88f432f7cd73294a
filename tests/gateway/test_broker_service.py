"""Mosquitto as a child: its configuration, its restarts, its end."""

import logging
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from broker_kit import listens, until
from gateway_kit import running

from edge.runtime.clock import SystemClock
from gateway.authority import Bundle
from gateway.broker import ACCESS, BrokerService, Listener, configuration, find_program, prepare, write_passwords

TLS = Bundle(Path("/c/ca.crt"), Path("/c/server.crt"), Path("/c/server.key"))


def program() -> Path:
    found = find_program()
    assert found is not None
    return found


def lines(listener: Listener) -> set[str]:
    return set(configuration(listener, "luxi").splitlines())


def test_the_sites_broker_asks_for_certificates_and_drops_nothing() -> None:
    assert lines(Listener("0.0.0.0", 8883, Path("/b"), TLS)) >= {
        "user luxi",
        "listener 8883 0.0.0.0",
        "allow_anonymous false",
        "require_certificate true",
        "use_identity_as_username true",
        "acl_file /b/acl",
        "cafile /c/ca.crt",
        "max_queued_messages 0",
        "max_queued_bytes 0",
        "persistence true",
        "per_listener_settings false",
    }


def test_the_countys_broker_asks_for_passwords_or_for_nothing() -> None:
    with_passwords = lines(Listener("127.0.0.1", 1884, Path("/b"), passwords=Path("/p")))
    assert {"allow_anonymous false", "password_file /p"} <= with_passwords
    assert "allow_anonymous true" in lines(Listener("127.0.0.1", 1884, Path("/b")))


def test_the_access_list_gives_a_site_its_own_branch_alone() -> None:
    assert ACCESS.split("\n\n")[0].splitlines() == [
        "pattern write luxi/1/%u/up/#",
        "pattern read luxi/1/%u/down/#",
        "pattern read luxi/1/%u/up/online/#",
    ]
    assert ACCESS.split("\n\n")[1].splitlines()[0] == "user gateway"


def test_its_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    path = prepare(Listener("127.0.0.1", 1, tmp_path / "b", TLS))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (tmp_path / "b" / "acl").read_text() == ACCESS


def test_passwords_are_not_kept_in_the_clear(tmp_path: Path) -> None:
    write_passwords(tmp_path / "p", {"county": "open sesame"})
    text = (tmp_path / "p").read_text()
    assert text.startswith("county:$")
    assert "sesame" not in text


def test_the_program_is_found_where_it_is_configured_or_not_at_all(tmp_path: Path) -> None:
    assert find_program(tmp_path / "nowhere") is None
    assert find_program(program()) == program()


def test_it_is_started_again_after_kill_9(
    tmp_path: Path, free_port: Callable[[], int], caplog: pytest.LogCaptureFixture
) -> None:
    listener = Listener("127.0.0.1", free_port(), tmp_path / "b")
    service = BrokerService(program(), listener, SystemClock(), tmp_path / "log")
    with caplog.at_level(logging.WARNING), running(service):
        until(lambda: listens(listener.port), "it listens")
        first = service.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        until(lambda: service.pid not in (None, first) and listens(listener.port), "it listens again")
        second = service.pid
    assert "signal 9" in caplog.text
    assert not listens(listener.port)
    assert second is not None and not Path(f"/proc/{second}").exists()


def test_a_port_that_is_taken_is_said_once(
    tmp_path: Path, free_port: Callable[[], int], caplog: pytest.LogCaptureFixture
) -> None:
    listener = Listener("127.0.0.1", free_port(), tmp_path / "b")
    log = tmp_path / "log"
    with running(BrokerService(program(), listener, SystemClock(), log)):
        until(lambda: listens(listener.port), "it listens")
        second = Listener("127.0.0.1", listener.port, tmp_path / "c")
        with running(BrokerService(program(), second, SystemClock(), log)):
            until(lambda: log.read_text().count("in use") >= 2, "the second was started twice")
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_it_ends_with_us_even_after_kill_9(tmp_path: Path, free_port: Callable[[], int]) -> None:
    """An orphan would keep the port from the gateway that systemd starts next."""
    port = free_port()
    script = (
        "import sys, threading; from pathlib import Path; from edge.runtime.clock import SystemClock\n"
        "from gateway.broker import BrokerService, Listener, find_program\n"
        f"listener = Listener('127.0.0.1', {port}, Path(sys.argv[1]))\n"
        "BrokerService(find_program(), listener, SystemClock()).run(threading.Event(), lambda: None)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stderr=subprocess.DEVNULL) as parent:
        until(lambda: listens(port), "it listens")
        parent.kill()
        parent.wait()
    until(lambda: not listens(port), "the port is free again")
