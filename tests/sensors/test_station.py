"""A station gives a reading for every channel that is due; a silent one costs the line next to nothing."""

import math
from itertools import pairwise

import pytest
from bus_kit import Bench, bench, profile, requests

from sensors.block import Block, Table
from sensors.modbus.frame import read_request
from sensors.modbus.port import Framing
from sensors.modbus.slave import Mishap, Slave
from sensors.profile import Profile
from sensors.reading import GOOD, Flag, Quality, Reading, Reason, Stamp
from sensors.station import State, Station

WATER = {"temperature": 17.6, "dissolved_oxygen_saturation": 92, "dissolved_oxygen": 8.8}
LONG_AGO = 1000.0


def station(stand: Bench, slave: Slave, **more: object) -> Station:
    return Station("probe", slave.profile, stand.master, stand.clock, address=slave.address, **more)  # type: ignore[arg-type]


def unstarted(name: str) -> Profile:
    """The model as it would be without any command."""
    return profile(name).model_copy(update={"commands": ()})


def flags(readings: list[Reading]) -> dict[str, tuple[float | None, Quality]]:
    return {reading.channel: (reading.value, reading.quality) for reading in readings}


def missing(reason: Reason) -> tuple[None, Quality]:
    return None, Quality(Flag.MISSING, (reason,))


def test_a_reading_carries_everything() -> None:
    slave = Slave(profile("renke-rs-ws"), 7, {"relative_humidity": 65.8, "temperature": -10.1})
    stand = bench(slave)
    humidity, temperature = station(stand, slave).poll()
    at = stand.clock.now()
    assert humidity == Reading("probe", "relative_humidity", "%", "a01002", 65.8, GOOD, at)
    assert temperature == Reading("probe", "temperature", "Cel", "a01001", -10.1, GOOD, at)


def test_only_what_is_due_is_read() -> None:
    slave = Slave(profile("yosemitech-y4000"), values={"ph": 7.2, "supply_voltage": 12.3})
    stand = bench(slave)
    sonde = station(stand, slave, channels=["ph", "temperature"])
    assert [reading.channel for reading in sonde.poll()] == ["ph", "temperature"]
    assert [reading.channel for reading in sonde.poll(["supply_voltage"])] == ["supply_voltage"]
    assert requests(stand.loop) == [
        read_request(1, Block(Table.HOLDING, 0x2607, 4)),
        read_request(1, Block(Table.HOLDING, 0x1E00, 2)),
    ]


def test_an_unknown_channel_is_named() -> None:
    slave = Slave(profile("renke-rs-ws"))
    with pytest.raises(KeyError, match="wind"):
        station(bench(slave), slave, channels=["wind"])


def test_a_probe_that_may_not_be_fitted_is_suspect_at_exactly_zero() -> None:
    slave = Slave(profile("yosemitech-y4000"), values={"temperature": 15, "ph": 7})
    (oxygen, *_) = station(bench(slave), slave).poll()
    assert (oxygen.value, oxygen.quality) == (0.0, Quality(Flag.SUSPECT, (Reason.SENTINEL,)))


@pytest.mark.parametrize(
    ("mishap", "reason"),
    [
        (Mishap.SILENT, Reason.NO_REPLY),
        (Mishap.CRC_BROKEN, Reason.CRC),
        (Mishap.BUSY, Reason.PENDING),
        (Mishap.PENDING, Reason.PENDING),
        (Mishap.FAILED, Reason.REFUSED),
    ],
)
def test_trouble_is_a_reading_without_a_value_never_a_zero(mishap: Mishap, reason: Reason) -> None:
    slave = Slave(profile("yosemitech-y504"), values=WATER)
    stand = bench(slave)
    probe = station(stand, slave)
    slave.mishap = mishap
    assert flags(probe.poll()) == dict.fromkeys(WATER, missing(reason))
    trouble = probe.health().trouble
    assert trouble is not None
    assert trouble.reason is reason
    slave.mishap = None
    stand.clock.sleep(60)
    probe.poll()
    assert {channel: value for channel, (value, _) in flags(probe.poll()).items()} == WATER
    assert probe.health().trouble is None


def test_one_damaged_answer_is_asked_for_again_at_once() -> None:
    slave = Slave(profile("renke-rs-ws"), values={"temperature": 20})
    broken = iter([b"\xff"])
    stand = bench(slave, noise=lambda data: next(broken, data[:1]) + data[1:])
    assert all(reading.quality == GOOD for reading in station(stand, slave).poll())
    assert stand.line.tally(1).crc_errors == 1


def test_values_of_an_instrument_that_warms_up_are_not_good_yet() -> None:
    slave = Slave(profile("yosemitech-y532"), values={"ph": 7, "temperature": 12, "potential": 1000})
    stand = bench(slave, at=2.0)
    probe = station(stand, slave)
    assert probe.health().state is State.UNKNOWN
    warming = flags(probe.poll())
    assert warming["ph"] == (7.0, Quality(Flag.UNKNOWN, (Reason.WARM_UP,)))
    assert warming["potential"] == (1000.0, Quality(Flag.BAD, (Reason.WARM_UP, Reason.RANGE)))
    assert probe.health().state is State.WARMING
    assert 0 < probe.warm_up_left() < 3
    stand.clock.sleep(probe.warm_up_left())
    assert flags(probe.poll())["ph"] == (7.0, GOOD)
    assert probe.health().state is State.READY


def test_an_instrument_that_comes_back_has_to_warm_up_again() -> None:
    slave = Slave(profile("yosemitech-y532"), values={"ph": 7})
    stand = bench(slave)
    probe = station(stand, slave)
    assert flags(probe.poll())["ph"] == (7.0, GOOD)
    slave.mishap = Mishap.SILENT
    for _ in range(3):
        probe.poll()
        stand.clock.sleep(60)
    assert probe.health().state is State.SILENT
    slave.mishap = None
    assert flags(probe.poll())["ph"][1].flag is Flag.UNKNOWN
    stand.clock.sleep(5)
    assert flags(probe.poll())["ph"] == (7.0, GOOD)


def test_one_lost_answer_is_no_power_cut() -> None:
    slave = Slave(profile("yosemitech-y532"), values={"ph": 7})
    stand = bench(slave)
    probe = station(stand, slave)
    slave.mishap = Mishap.SILENT
    probe.poll()
    slave.mishap = None
    stand.clock.sleep(30)
    assert flags(probe.poll())["ph"] == (7.0, GOOD)


def test_a_silent_instrument_is_asked_once_per_step_of_its_pause() -> None:
    slave = Slave(profile("yosemitech-y532"))
    stand = bench(slave)
    probe = station(stand, slave)
    slave.mishap = Mishap.SILENT
    start = stand.clock.monotonic()
    while stand.clock.monotonic() - start < 300:
        assert set(flags(probe.poll()).values()) == {missing(Reason.NO_REPLY)}
        stand.clock.sleep(0.1)
    asked = [at - start for at, _ in stand.loop.sent]
    assert len(asked) == 10
    steps = [later - earlier for earlier, later in pairwise(asked)]
    assert steps == pytest.approx([1, 2, 4, 8, 16, 32, 60, 60, 60], abs=1.0)


def cycles(dead: int) -> list[int]:
    """Good polls of each of ten instruments in a minute on one line, `dead` of which are silent."""
    slaves = [Slave(profile("renke-rs-ws"), address) for address in range(1, 11)]
    stand = bench(*slaves, framing=Framing(2400))
    stations = [station(stand, slave) for slave in slaves]
    for slave in slaves[:dead]:
        slave.mishap = Mishap.SILENT
    good = [0] * 10
    while stand.clock.monotonic() < LONG_AGO + 60:
        for nth, one in enumerate(stations):
            good[nth] += one.poll()[0].value is not None
    return good


def test_with_one_of_ten_dead_the_others_keep_their_rate() -> None:
    whole, crippled = cycles(0), cycles(1)
    assert crippled[0] == 0
    assert min(crippled[1:]) >= 0.95 * min(whole)


def test_old_firmware_without_an_optional_channel_keeps_the_others() -> None:
    slave = Slave(unstarted("yosemitech-y504"), values={"temperature": 17.6}, absent=["dissolved_oxygen"])
    stand = bench(slave)
    probe = station(stand, slave)
    for _ in range(100):
        found = flags(probe.poll())
        assert found["temperature"] == (17.6, GOOD)
        assert found["dissolved_oxygen"] == missing(Reason.NO_REPLY)
        stand.clock.sleep(1)
    assert probe.health().state is State.READY
    assert probe.health().tally.timeouts == 7  # at 0, 1, 3, 7, 15, 31, 63 seconds


def test_an_optional_channel_that_is_there_joins_the_others() -> None:
    slave = Slave(unstarted("yosemitech-y504"), values=WATER)
    stand = bench(slave)
    probe = station(stand, slave)
    assert {name: value for name, (value, _) in flags(probe.poll()).items()} == WATER
    probe.poll()
    first, apart, joined = requests(stand.loop)
    assert [first[5], apart[5], joined[5]] == [4, 2, 6]


def test_a_new_probe_exchanged_for_an_old_one_is_read_again() -> None:
    new = Slave(unstarted("yosemitech-y504"), values=WATER)
    old = Slave(unstarted("yosemitech-y504"), values={"temperature": 17.6}, absent=["dissolved_oxygen"])
    stand = bench(new)
    probe = station(stand, new)
    probe.poll()
    stand.loop.instruments[:] = [old]
    assert flags(probe.poll())["temperature"] == missing(Reason.NO_REPLY)
    stand.clock.sleep(2)
    found = flags(probe.poll())
    assert found["temperature"] == (17.6, GOOD)
    assert found["dissolved_oxygen"] == missing(Reason.NO_REPLY)


def test_firmware_without_the_value_is_missing_and_not_zero() -> None:
    slave = Slave(profile("yosemitech-y504"), values={"dissolved_oxygen": 0})
    assert flags(station(bench(slave), slave).poll())["dissolved_oxygen"] == missing(Reason.SENTINEL)


def test_a_read_that_is_too_long_for_this_unit_is_taken_apart_and_stays_so() -> None:
    model = profile("keller-series-30")
    short = model.model_copy(update={"reads": model.reads.model_copy(update={"max_registers": 2})})
    slave = Slave(short, values={"pressure_p1": 1.5, "temperature_tob1": 12})
    stand = bench(slave)
    level = Station("level", model, stand.master, stand.clock)
    for _ in range(2):
        assert flags(level.poll()) == {"pressure_p1": (1.5, GOOD), "temperature_tob1": (12.0, GOOD)}
    assert [request[5] for request in requests(stand.loop)] == [4, 2, 2, 2, 2]


def test_an_inactive_channel_is_missing_and_its_neighbour_is_not() -> None:
    slave = Slave(profile("keller-series-30"), values={"pressure_p1": math.nan, "temperature_tob1": 12})
    found = flags(station(bench(slave), slave).poll())
    assert found == {"pressure_p1": missing(Reason.NOT_FINITE), "temperature_tob1": (12.0, GOOD)}


def test_a_refused_block_leaves_the_other_blocks_alone() -> None:
    slave = Slave(profile("eastron-sdm120"), values={"voltage": 230.2}, absent=["total_energy"])
    found = flags(station(bench(slave), slave).poll())
    assert found["voltage"] == (230.2, GOOD)
    assert found["total_energy"] == missing(Reason.REFUSED)


def test_a_lost_port_is_told_and_forgotten() -> None:
    slave = Slave(profile("renke-rs-ws"), values={"temperature": 20})
    stand = bench(slave)
    probe = station(stand, slave)
    stand.loop.lost = "端口中断 / port lost"
    assert flags(probe.poll())["temperature"] == missing(Reason.PORT)
    assert probe.health().state is State.SILENT
    stand.loop.lost = ""
    assert flags(probe.poll())["temperature"] == (20.0, GOOD)
    assert probe.health().state is State.READY


def test_health_tells_when_the_instrument_last_answered() -> None:
    slave = Slave(profile("renke-rs-ws"))
    stand = bench(slave)
    probe = station(stand, slave)
    assert probe.health().last_answer is None
    probe.poll()
    answered: Stamp = stand.clock.now()
    slave.mishap = Mishap.SILENT
    stand.clock.sleep(10)
    probe.poll()
    health = probe.health()
    assert (health.name, health.profile, health.address) == ("probe", "renke-rs-ws", 1)
    assert health.last_answer == answered
    assert (health.tally.answers, health.tally.timeouts) == (1, 1)
