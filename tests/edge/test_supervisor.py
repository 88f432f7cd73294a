"""The supervisor: restarts what fails, gives up in time, and feeds the watchdog only while work gets done."""

import logging
import select
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.runtime.backoff import Backoff
from edge.runtime.clock import SystemClock
from edge.runtime.supervisor import MAX_RESTARTS, Supervisor
from edge.runtime.systemd import Notifier


class Steady:
    """Works until told to stop; beats unless told not to."""

    def __init__(self, name: str = "steady", *, beats: bool = True) -> None:
        self.name = name
        self.beats = beats
        self.running = threading.Event()

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        self.running.set()
        while not stop.wait(0.01):
            if self.beats:
                beat()


class Fragile(Steady):
    """Fails the first `failures` times."""

    def __init__(self, failures: int) -> None:
        super().__init__("fragile")
        self.left = failures

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        if self.left:
            self.left -= 1
            raise KeyError("planted")
        super().run(stop, beat)


QUICK = Backoff(first=0.001, longest=0.002)


def supervised(notifier: Notifier | None = None, patience_s: float = 60.0) -> Supervisor:
    return Supervisor(SystemClock(), notifier or Notifier({}), patience_s, look_every_s=0.02, backoff=QUICK)


def in_thread(
    supervisor: Supervisor, services: list[Steady], stop: threading.Event
) -> "tuple[threading.Thread, list[int]]":
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(supervisor.run(services, stop)))
    thread.start()
    return thread, codes


def test_stops_every_service_and_says_0() -> None:
    stop, services = threading.Event(), [Steady("a"), Steady("b")]
    thread, codes = in_thread(supervised(), services, stop)
    assert all(service.running.wait(5) for service in services)
    stop.set()
    thread.join(5)
    assert codes == [0]


def test_a_service_that_fails_is_restarted_and_the_others_stay(caplog: pytest.LogCaptureFixture) -> None:
    stop, steady, fragile = threading.Event(), Steady(), Fragile(2)
    supervisor = supervised()
    with caplog.at_level(logging.ERROR):
        thread, codes = in_thread(supervisor, [steady, fragile], stop)
        assert fragile.running.wait(20)
        states = {state.name: state for state in supervisor.states()}
        stop.set()
        thread.join(5)
    assert codes == [0]
    assert states["fragile"].restarts == 2
    assert states["fragile"].alive
    assert states["steady"].restarts == 0
    assert "planted" in caplog.text


def test_a_service_that_always_fails_is_left_to_systemd(caplog: pytest.LogCaptureFixture) -> None:
    stop, steady = threading.Event(), Steady()
    supervisor = supervised()
    assert supervisor.run([steady, Fragile(1000)], stop) == 1
    assert stop.is_set()
    state = supervisor.states()[1]
    assert (state.restarts, state.alive, state.last_fault) == (MAX_RESTARTS, False, "KeyError: 'planted'")
    assert "giving up" in caplog.text


@pytest.mark.parametrize(("beats", "fed"), [(True, True), (False, False)])
def test_the_watchdog_is_fed_by_finished_work(tmp_path: Path, beats: bool, fed: bool) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        stop = threading.Event()
        notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "notify")})
        thread, _ = in_thread(supervised(notifier, patience_s=0.2), [Steady(beats=beats)], stop)
        first = systemd.recv(100)
        time.sleep(0.6)  # longer than the supervisor's patience
        while select.select([systemd], [], [], 0)[0]:
            systemd.recv(100)
        fed_still = bool(select.select([systemd], [], [], 0.5)[0])
        stop.set()
        thread.join(5)
    assert first == b"READY=1"
    assert fed_still is fed
