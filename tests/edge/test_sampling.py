"""A bus at work: what is due is read and on the disk before the next turn, and one sick instrument hurts no other."""

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.config import Site
from edge.keeper import Keeper
from edge.newest import Newest, read_newest
from edge.sampling import BusService
from edge.schedule import Schedule
from edge.spool.store import Spool
from edge.wire.columns import unpack, unpack_corrections
from edge.wire.messages import Batch
from sensors.catalogue import Catalogue
from sensors.clock import HandClock
from sensors.modbus.line import Line
from sensors.modbus.loop import Loop
from sensors.modbus.master import Master
from sensors.modbus.slave import Mishap, Slave
from sensors.profile import Profile
from sensors.quality.checks import Checks, Method, Spike
from sensors.quality.judge import Judge
from sensors.quality.marks import Mark, mark
from sensors.quality.upkeep import Upkeep
from sensors.reading import Flag, Reading, Reason
from sensors.station import Station


def profile(name: str) -> Profile:
    found = Catalogue().find(name)
    assert isinstance(found, Profile)
    return found


SPIKE = Spike(suspect=5.0, fail=20.0, method=Method.DIFFERENTIAL)
CHECKS = {("air", "temperature"): Checks(unit="Cel", spike=SPIKE)}


class Bench:
    """Two instruments on one line, the documented values of the RS-WS-N01 on the first."""

    def __init__(self, folder: Path) -> None:
        self.clock = HandClock(monotonic=1000.0, wall_ms=1_790_000_000_000)
        self.spool = Spool(folder / "spool.db", self.clock)
        self.air = Slave(profile("renke-rs-ws"), 1, {"relative_humidity": 65.8, "temperature": -10.1})
        self.dead = Slave(profile("xy-md02"), 2, {"temperature": 20.0})
        self.loop = Loop([self.air, self.dead], self.clock)
        line = Line(self.loop, self.clock)
        master = Master(line)
        stations = [
            Station("air", self.air.profile, master, self.clock, address=1),
            Station("shed", self.dead.profile, master, self.clock, address=2),
        ]
        self.keeper = Keeper(self.spool, self.clock, 0.0, lambda: True)
        self.service = BusService(
            "b1", master, stations, {"air": 10.0, "shed": 10.0}, Judge(CHECKS), self.keeper.take, self.clock
        )
        self.schedule = Schedule({"air": 10.0, "shed": 10.0}, self.clock.monotonic())

    def turn(self) -> None:
        self.service.turn(self.schedule)
        self.keeper.turn()

    def readings(self) -> list[Reading]:
        bodies = [self.spool.body(one) for one in self.spool.waiting(1000)]
        return [reading for body in bodies if isinstance(body, Batch) for reading in unpack(body)]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.spool.close()


def test_a_documented_answer_is_on_the_disk_after_one_turn(bench: Bench) -> None:
    bench.turn()
    assert bench.loop.sent[0][1].hex() == "010300000002c40b"
    found = {(one.channel, one.code): (one.value, one.unit, one.quality.flag) for one in bench.readings()}
    assert found == {
        ("relative_humidity", "a01002"): (65.8, "%", Flag.GOOD),
        ("temperature", "a01001"): (-10.1, "Cel", Flag.GOOD),
    }


def test_nothing_is_asked_before_it_is_due(bench: Bench) -> None:
    bench.turn()
    asked = len(bench.loop.sent)
    bench.turn()
    assert len(bench.loop.sent) == asked


def test_one_message_for_all_that_is_due(bench: Bench) -> None:
    bench.clock.sleep(5)
    bench.turn()
    assert len(bench.spool.waiting(10)) == 1
    assert {one.instrument for one in bench.readings()} == {"air", "shed"}


def test_a_silent_instrument_is_a_reading_with_its_reason_and_the_other_goes_on(bench: Bench) -> None:
    bench.dead.mishap = Mishap.SILENT
    for _ in range(4):
        bench.clock.sleep(10)
        bench.turn()
    air = [one for one in bench.readings() if one.instrument == "air"]
    shed = [one for one in bench.readings() if one.instrument == "shed"]
    assert len(air) == len(shed) == 8
    assert all(one.quality.flag is Flag.GOOD for one in air)
    assert {(one.value, one.quality.flag, one.quality.reasons) for one in shed} == {
        (None, Flag.MISSING, (Reason.NO_REPLY,))
    }


def test_a_spike_is_told_with_the_next_reading_in_the_same_message(bench: Bench) -> None:
    for value in (15.0, 60.0, 15.1):
        bench.air.set("temperature", value)
        bench.turn()
        bench.clock.sleep(10)
    batches = [bench.spool.body(one) for one in bench.spool.waiting(1000)]
    told = [list(unpack_corrections(one)) for one in batches if isinstance(one, Batch)]
    assert told[:-1] == [[], []]
    ((spike,),) = told[-1:]
    assert (spike.channel, spike.value) == ("temperature", 60.0)
    assert (spike.quality.flag, spike.quality.reasons) == (Flag.BAD, (Reason.SPIKE,))
    first = [one for one in bench.readings() if one.instrument == "air" and one.channel == "temperature"]
    assert [one.quality.flag for one in first] == [Flag.GOOD] * 3, "given out at once, as far as was known then"
    assert spike.at.mono_ms == first[1].at.mono_ms


def test_health_tells_of_each_instrument(bench: Bench) -> None:
    bench.dead.mishap = Mishap.SILENT
    bench.clock.sleep(5)
    bench.turn()
    states = {state.name: state for state in bench.service.states()}
    assert (states["air"].bus, states["air"].answers, states["air"].trouble) == ("b1", 1, "")
    assert states["air"].answer_age_ms is not None
    assert (states["shed"].answers, states["shed"].answer_age_ms) == (0, None)
    assert states["shed"].timeouts >= 1
    assert states["shed"].trouble == "no-reply"


def test_a_port_that_is_gone_is_a_reading_too(bench: Bench) -> None:
    bench.loop.lost = "unplugged"
    bench.turn()
    assert {one.quality.reasons for one in bench.readings()} == {(Reason.PORT,)}
    bench.loop.lost = ""
    bench.clock.sleep(120)
    bench.turn()
    assert bench.readings()[-1].quality.flag is Flag.GOOD


def test_the_service_beats_and_stops(bench: Bench) -> None:
    stop, beats = threading.Event(), 0

    def beat() -> None:
        nonlocal beats
        beats += 1
        stop.set()

    bench.service.run(stop, beat)
    assert beats == 1
    bench.keeper.turn()
    assert bench.readings()


def test_trouble_is_logged_when_it_begins_and_when_it_ends(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.dead.mishap = Mishap.SILENT
    with caplog.at_level(logging.INFO):
        for nth in range(8):
            bench.dead.mishap = Mishap.SILENT if nth < 4 else None
            bench.clock.sleep(90)
            bench.turn()
    told = [record.getMessage() for record in caplog.records if record.name == "edge.sampling"]
    assert len(told) == 2
    assert told[0].startswith("shed: ")
    assert "check power" in told[0]
    assert told[1] == "shed: well"


def test_what_is_under_upkeep_is_marked_and_kept(tmp_path: Path) -> None:
    table = Bench(tmp_path)
    began_ms = table.clock.now().wall_ms + 15_000
    work = Upkeep(Reason.MAINTENANCE, began_ms, began_ms + 10_000, "air")
    stations = list(table.service._stations.values())
    every, newest = {"air": 10.0, "shed": 10.0}, Newest(site(tmp_path), table.clock)
    keep = table.keeper.take
    table.service = BusService(
        "b1", table.service._master, stations, every, Judge({}), keep, table.clock, lambda: [work], newest
    )
    for _ in range(4):
        table.clock.sleep(10)
        table.turn()
    marks = [
        str(mark(one.quality)) for one in table.readings() if (one.instrument, one.channel) == ("air", "temperature")
    ]
    assert marks.count("M") == 1
    assert len(marks) == 4
    assert {mark(one.quality) for one in table.readings() if one.instrument == "shed"} == {Mark.NORMAL}
    newest.leave()
    left = read_newest(tmp_path)
    assert left is not None
    assert left.readings()["air", "temperature"].value == -10.1
    table.spool.close()


def site(folder: Path) -> Site:
    return Site.model_validate({"id": "farm-1", "state": str(folder), "runtime": str(folder)})
