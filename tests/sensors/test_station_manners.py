"""A station starts what must be started, lets a status judge values, waits for what is pending, and learns holes."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from bus_kit import Bench, bench, channel, profile, requests, workshop

from sensors.block import Block, Table
from sensors.channel import Meaning, Verdict
from sensors.modbus.frame import read_request, sealed
from sensors.modbus.slave import Mishap, Slave
from sensors.place import Half, Kind
from sensors.profile import Bounds, Profile
from sensors.reading import GOOD, Flag, Quality, Reading, Reason
from sensors.station import Station

LATE = 1000.0
WARM_UP = Quality(Flag.UNKNOWN, (Reason.WARM_UP,))


def station(stand: Bench, slave: Slave, **more: object) -> Station:
    return Station("probe", slave.profile, stand.master, stand.clock, address=slave.address, **more)  # type: ignore[arg-type]


def one(readings: Sequence[Reading], name: str) -> tuple[float | None, Quality]:
    (found,) = [reading for reading in readings if reading.channel == name]
    return found.value, found.quality


def made(*channels: object, **bounds: object) -> Profile:
    changes = {"channels": channels, "reads": Bounds.model_validate({"max_registers": 20} | bounds)}
    return profile("xy-md02").model_copy(update=changes)


class Refusing(Slave):
    """A unit that refuses every read of the addresses `holes`, and counts the refusals."""

    holes: frozenset[int] = frozenset()
    refused = 0

    def answer(self, request: bytes) -> bytes | None:
        start, count = int.from_bytes(request[2:4]), int.from_bytes(request[4:6])
        if self.holes.intersection(range(start, start + count)):
            self.refused += 1
            return sealed(bytes([request[0], request[1] | 0x80, 2]))
        return super().answer(request)


# Starting


def test_a_probe_is_started_once_it_was_heard_and_values_settle_after_that() -> None:
    slave = Slave(profile("yosemitech-y504"), values={"temperature": 17.6})
    stand = bench(slave)
    probe = station(stand, slave, channels=["temperature"])
    assert one(probe.poll(), "temperature") == (17.6, WARM_UP)
    assert slave.commanded == ["start"]
    assert requests(stand.loop)[1] == bytes.fromhex("01 03 25 00 00 00 4E C6")
    stand.clock.sleep(9)
    assert one(probe.poll(), "temperature") == (17.6, GOOD)
    assert slave.commanded == ["start"]


def test_after_a_silence_it_is_started_again() -> None:
    slave = Slave(profile("yosemitech-y520"), values={"temperature": 17.6})
    stand = bench(slave)
    probe = station(stand, slave)
    probe.poll()
    slave.mishap = Mishap.SILENT
    for _ in range(3):
        stand.clock.sleep(60)
        probe.poll()
    slave.mishap = None
    stand.clock.sleep(60)
    probe.poll()
    assert slave.commanded == ["start", "start"]


def test_a_start_that_nobody_knows_is_tried_three_times_and_holds_nothing_up() -> None:
    model = profile("yosemitech-y504")
    newer = Slave(model.model_copy(update={"commands": ()}), values={"temperature": 17.6})
    stand = bench(newer)
    probe = Station("probe", model, stand.master, stand.clock, channels=["temperature"])
    for _ in range(6):
        assert one(probe.poll(), "temperature") == (17.6, GOOD)
        stand.clock.sleep(60)
    assert sum(request[2] == 0x25 for request in requests(stand.loop)) == 3


def test_a_silent_probe_is_not_sent_commands() -> None:
    slave = Slave(profile("yosemitech-y504"))
    stand = bench(slave)
    slave.mishap = Mishap.SILENT
    station(stand, slave, channels=["temperature"]).poll()
    assert len(stand.loop.sent) == 1


def test_a_probe_that_is_pending_is_started_too() -> None:
    slave = Slave(profile("anb-sensors-ph"))
    stand = bench(slave, at=LATE)
    slave.mishap = Mishap.PENDING
    station(stand, slave, channels=["ph"]).poll()
    assert bytes.fromhex("55 05 01 00 FF 00") in [request[:-2] for request in requests(stand.loop)]


# Status


@pytest.mark.parametrize(
    ("status", "flag", "reasons"),
    [
        (0x00, Flag.GOOD, ()),
        (0x01, Flag.BAD, (Reason.STATUS,)),
        (0x20, Flag.SUSPECT, (Reason.STATUS,)),
        (0x21, Flag.BAD, (Reason.STATUS,)),
        (0x80, Flag.GOOD, ()),
    ],
)
def test_a_status_register_decides_the_quality(status: int, flag: Flag, reasons: tuple[Reason, ...]) -> None:
    slave = Slave(profile("senseair-s8"), values={"co2": 400, "meter_status": status})
    stand = bench(slave)
    assert one(station(stand, slave).poll(), "co2") == (400.0, Quality(flag, reasons))
    assert requests(stand.loop) == [read_request(254, Block(Table.INPUT, 0, 4))]


def test_a_status_that_is_not_due_is_read_along_but_not_reported() -> None:
    slave = Slave(profile("senseair-s8"), values={"co2": 400})
    assert [reading.channel for reading in station(bench(slave), slave).poll()] == ["co2"]


def test_what_judges_nothing_that_is_due_is_not_read() -> None:
    slave = Slave(profile("vaisala-gmp252"))
    stand = bench(slave)
    station(stand, slave).poll(["compensation_temperature"])
    assert requests(stand.loop) == [read_request(240, Block(Table.HOLDING, 2, 2))]


@pytest.mark.parametrize(
    ("code", "quality"),
    [
        (0, GOOD),
        (3, Quality(Flag.BAD, (Reason.STATUS,))),
        (7, Quality(Flag.MISSING, (Reason.STATUS,))),
        (5, Quality(Flag.SUSPECT, (Reason.STATUS,))),
    ],
)
def test_quality_ids_of_in_situ(code: int, quality: Quality) -> None:
    slave = Slave(profile("insitu-rdo-pro"), values={"dissolved_oxygen": 8.5, "dissolved_oxygen_quality": code})
    value, found = one(station(bench(slave), slave).poll(), "dissolved_oxygen")
    assert found == quality
    assert value == (None if quality.flag is Flag.MISSING else 8.5)


def test_a_value_in_another_unit_than_the_profile_s_is_bad() -> None:
    """The technician's predecessor may have set the probe to degrees Fahrenheit."""
    slave = Slave(profile("insitu-rdo-pro"), values={"temperature": 20.0})
    stand = bench(slave)
    probe = station(stand, slave)
    assert one(probe.poll(), "temperature") == (20.0, GOOD)
    slave.set("temperature", 68.0)
    slave.set("temperature_units", 2)
    assert one(probe.poll(), "temperature") == (68.0, Quality(Flag.BAD, (Reason.STATUS,)))
    assert one(probe.poll(), "dissolved_oxygen")[1] == GOOD


def test_an_instrument_has_its_rest_after_every_kind_of_request() -> None:
    """Reads, a read that is repeated, writes and commands: another project lost the rest when it was rebuilt."""
    model, rest = profile("yosemitech-y504"), 0.12
    timing = model.timing.model_copy(update={"turnaround_ms": 120})
    slave = Slave(model.model_copy(update={"timing": timing}))
    stand = bench(slave)
    hands = workshop(stand, slave)
    probe = station(stand, slave)
    slave.mishap = Mishap.CRC_BROKEN
    probe.poll()
    slave.mishap = None
    hands.run("start")
    hands.get("calibration")
    hands.put("calibration", 1.0, 0.0)
    probe.poll()
    moments = [at for at, _ in stand.loop.sent]
    assert len(moments) >= 7
    assert min(later - at for at, later in pairwise(moments)) >= rest


def test_a_status_that_says_starting_is_warm_up_and_the_worst_one_counts() -> None:
    slave = Slave(profile("vaisala-gmp252"), values={"co2": 500, "co2_status": 256})
    stand = bench(slave)
    probe = station(stand, slave)
    assert one(probe.poll(), "co2") == (500.0, WARM_UP)
    assert one(probe.poll(), "measured_temperature")[1] == GOOD
    slave.set("device_status", 4)
    assert one(probe.poll(), "co2")[1] == Quality(Flag.SUSPECT, (Reason.WARM_UP, Reason.STATUS))


def test_the_byte_beside_a_status_byte_does_not_matter() -> None:
    slave = Slave(profile("yosemitech-y511"), values={"turbidity": 5})
    stand = bench(slave)
    probe = station(stand, slave)
    slave._held[Table.HOLDING, 0x2604] = 0x00FF
    probe.poll()
    stand.clock.sleep(60)
    assert one(probe.poll(), "turbidity") == (5.0, GOOD)
    slave.set("error_flag", 255)
    assert one(probe.poll(), "turbidity")[1] == Quality(Flag.BAD, (Reason.STATUS,))
    assert slave._held[Table.HOLDING, 0x2604] == 0xFFFF


def judged(**more: object) -> Profile:
    meanings = (Meaning(value=0, zh="好", en="good"), Meaning(value=1, zh="坏", en="bad", verdict=Verdict.BAD))
    status = channel("status", 9, Kind.U8, half=Half.LOW, judges=("level",), meanings=meanings, **more)
    return made(channel("level", 0), status)


def test_without_the_status_a_value_is_not_called_good() -> None:
    slave = Refusing(judged(), values={"level": 5})
    slave.holes = frozenset({9})
    assert one(station(bench(slave), slave).poll(["level"]), "level") == (5.0, Quality(Flag.UNKNOWN, (Reason.STATUS,)))


def test_a_status_that_this_unit_lacks_judges_nothing() -> None:
    slave = Slave(judged(optional=True), values={"level": 5}, absent=["status"])
    assert one(station(bench(slave), slave).poll(["level"]), "level") == (5.0, GOOD)


# Pending, asleep, side effects


def test_what_is_pending_is_asked_again_until_it_is_there() -> None:
    slave = Slave(profile("gropoint-gplp8"), values={"moisture_1": 25.5})
    pending = iter([sealed(b"\x01\x84\x05")] * 3)
    stand = bench(slave, noise=lambda data: next(pending, data))
    before = stand.clock.monotonic()
    readings = station(stand, slave, channels=["moisture_1"]).poll()
    assert one(readings, "moisture_1") == (25.5, GOOD)
    assert len(stand.loop.sent) == 4
    assert stand.clock.monotonic() - before >= 3 * 0.2


def test_what_stays_pending_is_missing_in_the_end() -> None:
    slave = Slave(profile("gropoint-gplp8"))
    stand = bench(slave)
    slave.mishap = Mishap.PENDING
    readings = station(stand, slave, channels=["moisture_1"]).poll()
    assert one(readings, "moisture_1") == (None, Quality(Flag.MISSING, (Reason.PENDING,)))
    assert len(stand.loop.sent) == 16


def test_one_that_sleeps_is_woken_once() -> None:
    slave = Slave(profile("insitu-aquatroll-400"), values={"ph": 7})
    asleep = iter([b""])
    stand = bench(slave, noise=lambda data: next(asleep, data))
    probe = station(stand, slave, channels=["ph"])
    assert one(probe.poll(), "ph") == (7.0, GOOD)
    slave.mishap = Mishap.SILENT
    sent = len(stand.loop.sent)
    probe.poll()
    stand.clock.sleep(2)
    probe.poll()
    assert len(stand.loop.sent) - sent == 3, "twice while it was there, once per step of its pause"


def test_a_read_with_a_side_effect_stands_alone_and_is_never_repeated() -> None:
    slave = Slave(profile("deltaohm-hd2016"), values={"rain_total": 1000, "rain_partial": 7})
    stand = bench(slave)
    slave.mishap = Mishap.CRC_BROKEN
    gauge = station(stand, slave, channels=["rain_partial"])
    assert one(gauge.poll(), "rain_partial")[1].reasons == (Reason.CRC,)
    assert len(stand.loop.sent) == 1


def test_nothing_is_read_across_a_side_effect() -> None:
    model = made(channel("a", 0), channel("partial", 2, side_effect=True), channel("b", 4), may_cross_hole=True)
    slave = Slave(model)
    stand = bench(slave)
    station(stand, slave).poll(["a", "b"])
    assert [(request[3], request[5]) for request in requests(stand.loop)] == [(0, 1), (4, 1)]


# Holes


def test_a_refused_hole_is_learnt_and_never_read_across_again() -> None:
    model = made(channel("a", 0), channel("b", 1), channel("c", 5), channel("d", 6), may_cross_hole=True)
    slave = Refusing(model, values={"a": 1, "b": 2, "c": 3, "d": 4})
    slave.holes = frozenset({3})
    stand = bench(slave)
    probe = station(stand, slave)
    for _ in range(3):
        assert [reading.value for reading in probe.poll()] == [1, 2, 3, 4]
    assert slave.refused == 1
    assert [(request[3], request[5]) for request in requests(stand.loop)] == [(0, 7)] + [(0, 2), (5, 2)] * 3


def test_an_absent_channel_in_the_middle_leaves_its_neighbours_joined() -> None:
    model = made(*(channel(f"c{at}", at) for at in range(8)))
    slave = Refusing(model, values={f"c{at}": at for at in range(8)})
    slave.holes = frozenset({5})
    stand = bench(slave)
    probe = station(stand, slave)
    assert [reading.value for reading in probe.poll()] == [0, 1, 2, 3, 4, None, 6, 7]
    before = len(stand.loop.sent)
    probe.poll()
    assert [(request[3], request[5]) for request in requests(stand.loop)[before:]] == [(0, 4), (4, 1), (5, 1), (6, 2)]


def test_an_instrument_that_refuses_everything_for_a_while_is_read_in_one_again() -> None:
    slave = Slave(profile("renke-rs-ws"), values={"temperature": 20})
    stand = bench(slave)
    probe = station(stand, slave)
    slave.mishap = Mishap.FAILED
    assert {reading.quality.reasons for reading in probe.poll()} == {(Reason.REFUSED,)}
    slave.mishap = None
    before = len(stand.loop.sent)
    assert one(probe.poll(), "temperature") == (20.0, GOOD)
    assert len(stand.loop.sent) - before == 1
