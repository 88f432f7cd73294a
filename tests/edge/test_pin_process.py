"""Pins of a real `luxi edge sense`, on mock pins driven from outside: killed, stopped, restarted."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.health import read_status, status_file
from edge.spool.store import Spool
from edge.wire.codec import decode_kept
from edge.wire.columns import unpack
from edge.wire.messages import Alarm, Batch, Body
from gateway.authority import Authority
from sensors.clock import HandClock
from sensors.reading import Reading, Reason

SITE = """\
[site]
id = "farm-1"
state = "state"
runtime = "/nowhere"

[gateway]
host = "127.0.0.1"
port = 1
ca = "certificates/ca.crt"
certificate = "certificates/site.crt"
key = "certificates/site.key"

[[pins]]
name = "rain"
kind = "rain"
gpio = 27
per_pulse = 0.2
every = "1s"

[[pins]]
name = "gate"
kind = "door"
gpio = 17

[[pins]]
name = "horn"
kind = "siren"
gpio = 22
alarms = ["door"]

[[pins]]
name = "pump"
kind = "relay"
gpio = 23
active = "low"
normal = "off"
safe = "on"
"""


class Device:
    """A sense on a table."""

    def __init__(self, site: Path, gate: str) -> None:
        self.folder = site.parent
        command = [sys.executable, "-m", "hil.virtual.pins", "--config", str(site), "--at-first", f"17 {gate}"]
        self.child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def say(self, line: str) -> str:
        """Drive or ask a pin; the answer to a question."""
        assert self.child.stdin
        assert self.child.stdout
        self.child.stdin.write(line + "\n")
        self.child.stdin.flush()
        return self.child.stdout.readline().strip() if line.endswith("?") or "pulses" in line else ""

    def until(self, come: Callable[[], bool]) -> None:
        """Wait for something to be."""
        end = time.monotonic() + 30
        while not come():
            assert self.child.poll() is None, self.child.communicate()[1]
            assert time.monotonic() < end
            time.sleep(0.05)

    def value(self, name: str) -> float | None:
        """What health last told of a pin."""
        health = read_status(status_file(self.folder / "state", "sense"))
        return next((pin.value for pin in health.pins if pin.name == name), None) if health else None

    def end(self, number: signal.Signals) -> list[str]:
        """Send a signal; what the table said afterwards."""
        self.child.send_signal(number)
        out, errors = self.child.communicate(timeout=30)
        assert "Traceback" not in errors, errors
        return out.splitlines()


@pytest.fixture
def site(tmp_path: Path) -> Path:
    Authority(tmp_path / "ca", datetime.now(UTC)).ensure_client(tmp_path / "certificates", "site", "farm-1")
    path = tmp_path / "site.toml"
    path.write_text(SITE)
    return path


@contextmanager
def running(site: Path, gate: str = "low") -> Iterator[Device]:
    """A sense that has begun, the door closed (low) or open when it does."""
    device = Device(site, gate)
    try:
        # High is off: a pin that nobody took is low, and so is this one until the first turn is over.
        device.until(lambda: device.say("23?") == "23 high")
        time.sleep(0.2)  # what a level must hold for before a change of it counts
        yield device
    finally:
        if device.child.poll() is None:
            device.child.kill()
        device.child.communicate()


def told(site: Path) -> list[Body]:
    """All that waits on the disk."""
    spool = Spool(site.parent / "state" / "sense.db", HandClock())
    waiting = sorted(spool.waiting(100_000), key=lambda one: one.seq)
    spool.close()
    return [decode_kept(one.kind, one.body) for one in waiting]


def rain(bodies: list[Body], channel: str) -> list[Reading]:
    readings = [reading for body in bodies if isinstance(body, Batch) for reading in unpack(body)]
    return [one for one in readings if (one.instrument, one.channel) == ("rain", channel)]


def test_counts_survive_a_kill(site: Path) -> None:
    for _ in range(2):
        with running(site) as device:
            device.say("27 pulses 6")
            time.sleep(2.5)  # told each second, and what is told is on the disk before
            device.end(signal.SIGKILL)
    with running(site) as device:
        device.say("27 pulses 1")
        time.sleep(2.5)
        device.end(signal.SIGTERM)
    bodies = told(site)
    totals = [one.value for one in rain(bodies, "precipitation_total")]
    assert totals == sorted(totals)
    assert totals[-1] == pytest.approx(13 * 0.2)
    increments = rain(bodies, "precipitation")
    assert sum(one.value or 0 for one in increments) == pytest.approx(13 * 0.2)
    assert [one.quality.reasons for one in increments if one.quality.reasons] == [(Reason.COUNTS_LOST,)] * 2


def test_an_alarm_is_one_through_kills(site: Path) -> None:
    with running(site) as device:
        device.say("17 high")
        device.until(lambda: device.say("22?") == "22 high")
        device.end(signal.SIGKILL)
    with running(site, "high") as device:
        device.until(lambda: device.say("22?") == "22 high")
        device.end(signal.SIGKILL)
    with running(site) as device:
        device.until(lambda: len([body for body in told_by(device) if isinstance(body, Alarm)]) == 2)
        device.end(signal.SIGTERM)
    alarms = [body for body in told(site) if isinstance(body, Alarm)]
    assert [(alarm.kind, alarm.source, str(alarm.event)) for alarm in alarms] == [
        ("door", "gate", "opened"),
        ("door", "gate", "closed"),
    ]
    assert len({alarm.episode for alarm in alarms}) == 1


def told_by(device: Device) -> list[Body]:
    return told(device.folder / "site.toml")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_outputs_are_safe_after_an_orderly_end(site: Path, number: signal.Signals) -> None:
    with running(site) as device:
        device.say("17 high")
        device.until(lambda: device.say("22?") == "22 high")
        assert device.say("23?") == "23 high"
        left = device.end(number)
        assert device.child.returncode == 0
    assert left == ["left horn low", "left pump low"]


def test_status_tells_of_pins(site: Path) -> None:
    with running(site) as device:
        device.say("27 pulses 2")
        device.until(lambda: device.value("rain") == 0.4)
        assert device.value("horn") == 0.0
        assert device.value("gate") == 0.0
