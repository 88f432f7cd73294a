"""`[[pins]]` of a site file: sound ones are wired as they say, and every fault comes at once with its key path."""

from pathlib import Path

import pytest

from edge.config import SiteFile, read_site
from sensors.catalogue import Catalogue
from sensors.pins.kinds import COUNTERS, Kind
from sensors.pins.wiring import Input, Level, Output, Pull

HEAD = """\
[site]
id = "farm-1"

[gateway]
host = "gateway.example"
ca = "ca.crt"
certificate = "site.crt"
key = "site.key"
"""
PINS = """
[[pins]]
name = "gate"
kind = "door"
gpio = 17

[[pins]]
name = "tank"
kind = "float"
gpio = 5
active = "high"
pull = "down"
bounce = "5s"
every = "10min"
alarm = false

[[pins]]
name = "rain"
kind = "rain"
gpio = 27
per_pulse = 0.2

[[pins]]
name = "water"
kind = "pulse"
gpio = 6
per_pulse = 0.01
unit = "m3"
wraps_at = 1000000

[[pins]]
name = "lamp"
kind = "led"
gpio = 26
shows = "trouble"

[[pins]]
name = "horn"
kind = "siren"
gpio = 22
alarms = ["door"]
limit = "90s"

[[pins]]
name = "pump"
kind = "relay"
gpio = 23
active = "low"
normal = "off"
safe = "on"
"""


def found(tmp_path: Path, text: str) -> tuple[SiteFile | None, dict[str, str]]:
    path = tmp_path / "site.toml"
    path.write_text(text, "utf-8")
    result = read_site(path, Catalogue())
    assert all(fault.zh and fault.en for fault in result.faults)
    return result.file, {fault.key: fault.found for fault in result.faults}


def test_pins_alone_are_a_site(tmp_path: Path) -> None:
    file, faults = found(tmp_path, HEAD + PINS)
    assert faults == {}
    assert file is not None
    gate, tank, rain, water, lamp, horn, pump = file.pins
    assert (gate.input, gate.held, gate.every, gate.alarm) == (Input(17, Level.HIGH, Pull.UP), 0.1, 60.0, True)
    assert (tank.input, tank.held, tank.every, tank.alarm) == (Input(5, Level.HIGH, Pull.DOWN), 5.0, 600.0, False)
    assert (rain.meter.per_pulse, rain.meter.unit, rain.held) == (0.2, "mm", COUNTERS[Kind.RAIN].bounce)
    assert (water.meter.per_pulse, water.meter.unit, water.meter.wraps_at) == (0.01, "m3", 1_000_000)
    assert (lamp.shows, lamp.output) == ("trouble", Output(26, Level.HIGH, safe=False))
    assert (horn.alarms, horn.limit, horn.output.safe) == (("door",), 90.0, False)
    assert (pump.output, pump.normal) == (Output(23, Level.LOW, safe=True), "off")


def test_a_site_needs_something(tmp_path: Path) -> None:
    assert found(tmp_path, HEAD)[1] == {"": "missing"}


FAULTS = [
    ('name = "gate"', 'name = "Gate 1"', "pins[0].name"),
    ('kind = "door"', 'kind = "doors"', "pins[0].kind"),
    ('kind = "door"\n', "", "pins[0].kind"),
    ("gpio = 17", "gpio = 1", "pins[0].gpio"),
    ("gpio = 17", "gpio = 28", "pins[0].gpio"),
    ("gpio = 17", 'gpio = "17"', "pins[0].gpio"),
    ("gpio = 17", "gpio = 17\nshows = 3", "pins[0].shows"),
    ("gpio = 17", 'gpio = 17\nunit = "mm"', "pins[0].unit"),
    ("gpio = 17", "gpio = 17\nper_puls = 1", "pins[0].per_puls"),
    ("gpio = 17", "gpio = 17\nevery = 60", "pins[0].every"),
    ('active = "high"', 'active = "on"', "pins[1].active"),
    ("gpio = 5", "gpio = 3", "pins[1].pull"),
    ("gpio = 5", "gpio = 17", "pins[1].gpio"),
    ('name = "tank"', 'name = "gate"', "pins[1].name"),
    ("per_pulse = 0.2\n", "", "pins[2].per_pulse"),
    ("per_pulse = 0.2", "per_pulse = 0", "pins[2].per_pulse"),
    ("per_pulse = 0.2", "per_pulse = nan", "pins[2].per_pulse"),
    ("per_pulse = 0.2", "per_pulse = 0.2\nalarm = true", "pins[2].alarm"),
    ('unit = "m3"\n', "", "pins[3].unit"),
    ("wraps_at = 1000000", "wraps_at = 0", "pins[3].wraps_at"),
    ('shows = "trouble"\n', "", "pins[4].shows"),
    ('shows = "trouble"', 'shows = "power"', "pins[4].shows"),
    ("gpio = 26", 'gpio = 26\nevery = "1s"', "pins[4].every"),
    ('alarms = ["door"]\n', "", "pins[5].alarms"),
    ('alarms = ["door"]', "alarms = []", "pins[5].alarms"),
    ('alarms = ["door"]', 'alarms = ["smoke"]', "pins[5].alarms[0]"),
    ('alarms = ["door"]', 'alarms = ["door", "leak"]', "pins[5].alarms[1]"),
    ('alarms = ["door"]', 'alarms = ["door", "float"]', "pins[5].alarms[1]"),
    ('safe = "on"\n', "", "pins[6].safe"),
    ('normal = "off"', "normal = false", "pins[6].normal"),
]


@pytest.mark.parametrize(("old", "new", "key"), FAULTS)
def test_one_fault_is_named_by_its_key(tmp_path: Path, old: str, new: str, key: str) -> None:
    assert old in PINS
    file, faults = found(tmp_path, HEAD + PINS.replace(old, new, 1))
    assert file is None
    assert set(faults) == {key}


def test_names_are_one_for_instruments_cameras_and_pins(tmp_path: Path) -> None:
    bus = '\n[[buses]]\nname="b"\nport="/dev/ttyS1"\n[[buses.instruments]]\nname="rain"\nprofile="xy-md02"\n'
    camera = '\n[[cameras]]\nname="gate"\nsource="usb:0"\n'
    _, faults = found(tmp_path, HEAD + PINS + bus + camera)
    assert faults == {"pins[0].name": "'gate'", "pins[2].name": "'rain'"}


def test_faults_of_form_and_of_meaning_come_together(tmp_path: Path) -> None:
    text = PINS.replace("gpio = 17", "gpio = 99").replace("per_pulse = 0.2\n", "").replace("gpio = 5", "gpio = 27")
    _, faults = found(tmp_path, HEAD + text)
    assert set(faults) == {"pins[0].gpio", "pins[2].per_pulse", "pins[2].gpio"}


@pytest.mark.parametrize("text", ["pins = 3", "pins = [1]", "pins = [{}]", "pins = [{kind = [3], gpio = true}]"])
def test_wrong_shapes_are_faults_and_not_crashes(tmp_path: Path, text: str) -> None:
    file, faults = found(tmp_path, text + "\n" + HEAD)
    assert file is None
    assert faults
