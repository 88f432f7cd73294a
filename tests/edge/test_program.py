"""What surrounds a long-running command: faults shown, signals heeded."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from edge.runtime.program import Stop, print_faults, until_stopped, while_read
from sensors.fault import Fault


@pytest.mark.parametrize(("locale", "told"), [("zh_CN.UTF-8", "应为数字"), ("C", "expected a number")])
def test_every_fault_is_shown_in_the_persons_language(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, locale: str, told: str
) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    faults = [Fault("site.toml", key, "'x'", "应为数字", "expected a number") for key in ("a", "b[1].c")]
    assert print_faults(faults) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert all(told in line for line in lines)
    assert "b[1].c" in lines[1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_sets_stop_and_the_works_status_is_returned(number: signal.Signals) -> None:
    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)}

    def work(stop: threading.Event) -> int:
        os.kill(os.getpid(), number)
        return 7 if stop.wait(5) else 1

    try:
        assert until_stopped(work) == 7
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def test_a_handler_may_strike_while_the_lock_is_held() -> None:
    """Once the handler's own `set` waited for ever for the lock of the thread that it had interrupted."""
    stop = Stop()
    with stop._cond:
        stop.ask()
    assert stop.wait(0)


def test_who_waits_long_hears_of_it_soon() -> None:
    stop = Stop()
    heard: list[bool] = []
    waiter = threading.Thread(target=lambda: heard.append(stop.wait(60)))
    waiter.start()
    stop.ask()
    waiter.join(20)
    assert heard == [True]


def test_nobody_asked() -> None:
    assert not Stop().wait(0)
    assert not Stop().wait(0.6)
    assert not Stop().is_set()


def test_a_reader_who_leaves_is_no_fault() -> None:
    program = (
        "import sys; from edge.runtime.program import while_read\n"
        "def work():\n"
        "    for number in range(1_000_000): print(number)\n"
        "    return 3\n"
        "sys.exit(while_read(work))"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None and child.stderr is not None
        assert child.stdout.readline() == b"0\n"
        child.stdout.close()
        assert child.wait(20) == 0
        assert child.stderr.read() == b""


def test_the_status_of_what_was_read_to_its_end_is_kept() -> None:
    assert while_read(lambda: 3) == 3
