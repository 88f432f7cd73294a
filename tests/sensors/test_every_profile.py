"""Every profile of the library: loaded, planned, answered by the simulator, decoded; temperatures below zero too."""

import random
from collections.abc import Sequence

import pytest
from bus_kit import bench, documented, profile, requests, workshop

from sensors.block import Block
from sensors.catalogue import Catalogue, left_out
from sensors.channel import Channel, Verdict
from sensors.decode import decode, encode
from sensors.modbus.frame import read_request
from sensors.modbus.line import Trouble
from sensors.modbus.slave import Slave
from sensors.place import Kind
from sensors.plan import barring, plan
from sensors.profile import Profile
from sensors.reading import Flag, Reason
from sensors.station import Station
from sensors.workshop import Recognised, Written

NAMES = Catalogue().names()
LATE = 1_000_000.0
# The instruments of the facts folder, by the names of its files, and what became of those with another name.
INSTRUMENTS = """
anb-sensors-ph aquaread-leveline boqu-bh485-nh boqu-phg2091 comwintop-cwt-soil-thc-s deltaohm-hd2013 deltaohm-hd2016
dfrobot-sen0483 dfrobot-sen0600 dfrobot-sen0662-bmv080 eastron-sdm120 eastron-sdm630 endress-liquiline-cm44x
epever-tracer es-sm-th-01s generic-tuf-2000m gill-maximet-gmx gropoint-gplp8 hach-sc200-module hach-sc4500
insitu-aquatroll-400 insitu-aquatroll-500-600 insitu-rdo-pro jxct-jxbs-3001-npk keller-nanolevel
keller-series30-acculevel kincony-ts-sht30 lambrecht-rain-e lufft-ws-umb ott-pls500 peacefair-pzem-016
peacefair-pzem-017 qdy30a-level renke-pm-transmitter renke-rs-fs-n01 renke-rs-fx-n01 renke-rs-ws-n01 senseair-k30
senseair-s8 sinomeasure-sup-do7013 sokol-m sonbest-sm7590b sonbus-xm9505 ss-regeltechnik-aerasgard thies-wsc11
trios-do vaisala-gmp252 vaisala-hmp vaisala-wxt530 victron-gx waveshare-modbus-rtu-relay wtw-ysi-iq-sensornet-182
xingxing-nh3-mq137 xy-md02 xylem-h3553t xylem-ysi-odo-rtu yosemitech-y4000 yosemitech-y504 yosemitech-y510
yosemitech-y511 yosemitech-y513 yosemitech-y514 yosemitech-y520 yosemitech-y532 yosemitech-y533 yosemitech-y551
yosemitech-y560 yosemitech-y700
""".split()  # noqa: SIM905 - 68 names read better so
RENAMED = {
    "dfrobot-sen0483": {"dfrobot-sen0482", "dfrobot-sen0483"},
    "generic-tuf-2000m": {"tuf-2000m"},
    "hach-sc200-module": {"hach-sc200-3400sc", "hach-sc200-3705sc", "hach-sc200-ss7", "hach-sc200-uvas"},
    "keller-series30-acculevel": {"keller-series-30"},
    "renke-rs-ws-n01": {"renke-rs-ws"},
}


def test_every_instrument_has_a_profile_or_is_left_out_by_name() -> None:
    assert len(set(INSTRUMENTS)) == 68
    made = {name for instrument in INSTRUMENTS for name in RENAMED.get(instrument, {instrument})}
    absent = {model.name for model in left_out()}
    assert not absent & set(NAMES)
    assert made == absent | set(NAMES)


def test_one_that_was_left_out_is_told_with_the_reason() -> None:
    found = Catalogue().find("lufft-ws-umb", "site.toml", "buses[0].instruments[0].profile")
    assert isinstance(found, tuple)
    (fault,) = found
    assert "addresses of its channels" in fault.line("en")
    assert "没有收录" in fault.line("zh")


def settled(channel: Channel, nth: int) -> float:
    """A value that the channel may well read, another one for each; a status reads what makes nothing worse."""
    if channel.meanings:
        raws = [meaning.value for meaning in channel.meanings if meaning.value is not None] or [0]
        return float(next(raw for raw in raws if channel.verdict(raw) is Verdict.GOOD))
    if channel.type is Kind.BIT:
        return float(nth % 2)
    low, high = channel.range or (0, 100)
    low, high = channel.usual or (low, high)
    value = low + (high - low) * (nth + 1) / 40 % (high - low)
    return decode(channel, encode(channel, value)).value or 0.0


def filled(model: Profile) -> tuple[Slave, dict[str, float]]:
    values = {channel.name: settled(channel, nth) for nth, channel in enumerate(model.channels)}
    return Slave(model, values=values), values


def polled(model: Profile, names: Sequence[str]) -> dict[str, tuple[float | None, Flag]]:
    slave, _ = filled(model)
    stand = bench(slave, at=LATE)
    station = Station("one", model, stand.master, stand.clock)
    station.poll(names)  # learns what is fitted, and starts what must be started
    stand.clock.sleep(600)
    return {reading.channel: (reading.value, reading.quality.flag) for reading in station.poll(names)}


@pytest.mark.parametrize("name", NAMES)
def test_every_profile_reads_what_the_simulator_holds(name: str) -> None:
    model = profile(name)
    _, values = filled(model)
    readings = polled(model, list(values))
    assert {channel: value for channel, (value, _) in readings.items()} == pytest.approx(values)
    assert all(flag in {Flag.GOOD, Flag.SUSPECT} for _, flag in readings.values()), readings
    assert all(readings[one.name][1] is Flag.GOOD for one in model.routine)


@pytest.mark.parametrize("name", NAMES)
def test_any_part_of_a_profile_reads_the_same(name: str) -> None:
    model = profile(name)
    _, values = filled(model)
    chosen = random.Random(name)
    for _ in range(4):
        names = chosen.sample(sorted(values), chosen.randint(1, min(len(values), 12)))
        readings = polled(model, names)
        assert {channel: value for channel, (value, _) in readings.items()} == pytest.approx(
            {channel: values[channel] for channel in names}
        )


@pytest.mark.parametrize("name", NAMES)
def test_the_plan_stays_within_what_the_model_allows(name: str) -> None:
    model = profile(name)
    alone = [one.name for one in model.channels if one.optional or one.side_effect]
    cuts = barring(model.barred)
    reads = plan(model.channels, model.reads, model.ground, alone, cuts)
    assert sorted(one.name for read in reads for one in read.channels) == sorted(one.name for one in model.channels)
    for read in reads:
        assert read.block.count <= model.reads.max_registers
        assert not read.block.start % model.reads.align
        if any(one.side_effect for one in read.channels):
            assert len(read.channels) == 1


@pytest.mark.parametrize("name", NAMES)
def test_a_unit_is_recognised_by_the_identity_of_its_profile(name: str) -> None:
    slave, _ = filled(profile(name))
    stand = bench(slave)
    found = workshop(stand, slave).identify()
    assert isinstance(found, Recognised)
    assert found.fits in {True, None}
    assert set(found.marks) == {mark.name for mark in slave.profile.identity}
    assert requests(stand.loop)[0] == read_request(slave.address, slave.profile.probe)


@pytest.mark.parametrize("name", NAMES)
def test_looking_for_a_model_has_no_side_effect(name: str) -> None:
    model = profile(name)
    barred = {(block.table, at) for block in model.barred for at in range(block.start, block.end)}
    probe = model.probe
    assert not barred & {(probe.table, at) for at in range(probe.start, probe.end)}
    assert Slave(model).answer(read_request(model.transport.address, probe)) is not None


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_is_written_and_read_back(name: str) -> None:
    model = profile(name)
    change = model.set_address
    for setting in model.settings:
        slave, _ = filled(model)
        hands = workshop(bench(slave), slave)
        if change and change.setting == setting.name:
            continue
        written = hands.put(setting.name, *[setting.range[0]] * setting.count)
        assert isinstance(written, Written), written
        assert written.kept is (True if setting.readable else None)


@pytest.mark.parametrize("name", [name for name in NAMES if profile(name).set_address])
def test_every_address_that_can_be_changed_is_changed_and_found_again(name: str) -> None:
    slave, _ = filled(profile(name))
    hands = workshop(bench(slave), slave)
    new = 9 if slave.address != 9 else 8
    moved = hands.set_address(new)
    assert not isinstance(moved, Trouble)
    if moved.restart:
        assert not moved.done
        slave.restart()
        hands.address = new
        assert isinstance(hands.identify(), Recognised)
        return
    assert moved.done
    assert slave.address == hands.address == new


@pytest.mark.parametrize("name", [name for name in NAMES if profile(name).set_baud])
def test_every_baud_rate_is_taken(name: str) -> None:
    model = profile(name)
    assert model.set_baud
    for rate in model.set_baud.rates:
        slave, _ = filled(model)
        assert workshop(bench(slave), slave).set_baud(rate.baudrate) is None
        assert slave.get(model.set_baud.setting) == rate.value


@pytest.mark.parametrize("name", [name for name in NAMES if profile(name).commands])
def test_every_command_is_answered_by_the_simulator(name: str) -> None:
    slave, _ = filled(profile(name))
    hands = workshop(bench(slave), slave)
    for command in slave.profile.commands:
        answer = hands.run(command.name)
        assert isinstance(answer, bytes), answer
        assert len(answer) == command.reply
    assert slave.commanded == [command.name for command in slave.profile.commands]


TEMPERATURES = [(name, channel.name) for name in NAMES for channel in profile(name).channels if channel.unit == "Cel"]


@pytest.mark.parametrize(("name", "channel"), TEMPERATURES)
@pytest.mark.parametrize("below", [-10.1, -1.0, -0.1])
def test_every_temperature_can_be_below_zero(name: str, channel: str, below: float) -> None:
    described = profile(name).channel(channel)
    assert described
    decoded = decode(described, encode(described, below))
    expected = below if described.type.is_float or abs(described.scale) <= 0.1 else round(below)
    assert decoded.value == pytest.approx(expected, abs=1e-6)
    low = described.range[0] if described.range else -1e9
    assert decoded.quality.reasons == ((Reason.RANGE,) if below < low else ()) or not decoded.value


@pytest.mark.parametrize(
    ("name", "channel", "words", "value"),
    [
        ("renke-rs-ws", "temperature", [0xFF9B], -10.1),
        ("xy-md02", "temperature", [0xFF33], -20.5),
        ("comwintop-cwt-soil-thc-s", "soil_temperature", [0xFF9B], -10.1),
        ("kincony-ts-sht30", "temperature", [10123], -12.3),
        ("kincony-ts-sht30", "temperature", [123], 12.3),
        ("kincony-ts-sht30", "temperature", [10000], 0.0),
        ("aquaread-leveline", "temperature", [0xFF38], -2.0),
        ("deltaohm-hd2016", "internal_temperature", [0xFFFF, 0xFFF6], -10.0),
        ("epever-tracer", "battery_current", [0xFF9C, 0xFFFF], -1.0),
        ("vaisala-hmp", "temperature", [0xE666, 0xC2F6], -123.45),
        ("gill-maximet-gmx", "temperature", [0xC120, 0x0000], -10.0),
        ("yosemitech-y700", "temperature", [0x0000, 0x20C1], -10.0),
        ("thies-wsc11", "temperature", [0xFFFF, 0xFF9B], -10.1),
        ("vaisala-hmp", "relative_humidity", [0x7AE1, 0x41F4], 30.56),
    ],
)
def test_values_worked_out_by_hand(name: str, channel: str, words: list[int], value: float) -> None:
    described = profile(name).channel(channel)
    assert described
    assert decode(described, words).value == pytest.approx(value)


@pytest.mark.parametrize(
    ("name", "channel", "words"),
    [
        ("gill-maximet-gmx", "wind_speed", [0x7FFF, 0xFFFF]),
        ("endress-liquiline-cm44x", "ai1_value", [0x7FA0, 0x0000]),
        ("thies-wsc11", "wind_speed", [0xFFFF, 0xFFFF]),
        ("thies-wsc11", "temperature", [0x7FFF, 0xFFFF]),
        ("vaisala-gmp252", "co2_int", [0x8000]),
        ("xylem-ysi-odo-rtu", "tds", [0xFFFF, 0xFFFF]),
        ("yosemitech-y504", "dissolved_oxygen", [0, 0]),
        ("keller-series-30", "pressure_p1_integer", [0x8000, 0]),
    ],
)
def test_a_sentinel_is_missing_and_never_a_number(name: str, channel: str, words: list[int]) -> None:
    described = profile(name).channel(channel)
    assert described
    decoded = decode(described, words)
    assert (decoded.value, decoded.quality.reasons) == (None, (Reason.SENTINEL,))


def test_models_that_can_be_called_at_one_address_say_so() -> None:
    asked = {name: change.ask_at for name in NAMES if (change := profile(name).set_address) and change.ask_at}
    assert asked["comwintop-cwt-soil-thc-s"] == 255
    assert asked["sonbus-xm9505"] == 250
    frames = {frame.id: frame for frame in documented("read")}
    assert frames["cwt-thcs-ask-id"].request[0] == 255


def test_blocks_of_documented_models_are_the_makers() -> None:
    model = profile("epever-tracer")
    starts = [(read.block.start, read.block.count) for read in plan(model.routine, model.reads, model.ground)]
    assert starts == [(0x3100, 5), (0x3106, 2), (0x310C, 6), (0x311A, 1), (0x331B, 2)]
    tuf = profile("tuf-2000m")
    (read,) = plan(tuf.routine, tuf.reads, tuf.ground)
    assert read.block == Block(read.block.table, 0, 16), "totals are read in one request"
