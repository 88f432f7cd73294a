"""The site file: sound ones are taken whole, and every fault of a broken one comes at once, with its key path."""

import tomllib
from pathlib import Path

import pytest

from edge.between import model_of
from edge.config import SiteFile, read_site
from sensors.catalogue import Catalogue
from sensors.profile import Profile

SOUND = """\
[site]
id = "farm-1"
name = "王家养殖场"
division = "330521000000"
state = "state"

[gateway]
host = "gateway.example"
ca = "ca.crt"
certificate = "/etc/luxi/site.crt"
key = "site.key"

[[buses]]
name = "water"
port = "/dev/serial/by-path/x"
baudrate = 9600

[[buses.instruments]]
name = "probe"
profile = "yosemitech-y532"
every = "30s"

[[buses.instruments]]
name = "level"
profile = "keller-series-30"
address = 5
channels = ["pressure_p1"]

[[cameras]]
name = "yard"
source = "rtsp://admin:hunter2@10.0.0.2/stream"
"""


def found(tmp_path: Path, text: str) -> tuple[SiteFile | None, dict[str, str]]:
    path = tmp_path / "site.toml"
    path.write_text(text, "utf-8")
    result = read_site(path, Catalogue())
    return result.file, {fault.key: fault.found for fault in result.faults}


def test_a_sound_file(tmp_path: Path) -> None:
    file, faults = found(tmp_path, SOUND)
    assert not faults
    assert file is not None
    assert file.site.state == tmp_path / "state"
    assert file.gateway.ca == tmp_path / "ca.crt"
    assert file.gateway.certificate == Path("/etc/luxi/site.crt")
    assert [instrument.every for instrument in file.buses[0].instruments] == [30.0, 60.0]
    assert file.buses[0].instruments[1].channels == ("pressure_p1",)
    assert (file.spool.max, file.spool.disk_floor, file.gateway.bytes_per_hour) == (2_000_000_000, None, None)
    assert file.gateway.confirm == "gateway"


def test_status_goes_to_memory_where_there_is_such_a_place(tmp_path: Path) -> None:
    file, _ = found(tmp_path, SOUND.replace('state = "state"', f'state = "state"\nruntime = "{tmp_path}"'))
    assert file is not None
    assert file.site.status_folder == tmp_path
    file, _ = found(tmp_path, SOUND.replace('state = "state"', 'state = "state"\nruntime = "/nowhere"'))
    assert file is not None
    assert file.site.status_folder == file.site.state


def test_what_the_spool_and_the_connection_may_take(tmp_path: Path) -> None:
    limits = 'bytes_per_hour = "500kB"\nconfirm = "broker"\n[spool]\nmax = "64MB"\ndisk_floor = "1GB"\n[[buses]]'
    file, faults = found(tmp_path, SOUND.replace("[[buses]]", limits, 1))
    assert not faults
    assert file is not None
    assert (file.spool.max, file.spool.disk_floor) == (64_000_000, 10**9)
    assert (file.gateway.bytes_per_hour, file.gateway.confirm) == (500_000, "broker")


FAULTS = [
    ("[[buses]]", '[spool]\nmax = "2MB"\n[[buses]]', "spool.max"),
    ("[[buses]]", "[spool]\nmax = 64000000\n[[buses]]", "spool.max"),
    ('key = "site.key"', 'key = "site.key"\nbytes_per_hour = "1kB"', "gateway.bytes_per_hour"),
    ('key = "site.key"', 'key = "site.key"\nconfirm = "nobody"', "gateway.confirm"),
    ('id = "farm-1"', 'id = "Farm 1"', "site.id"),
    ('division = "330521000000"', 'division = "3305"', "site.division"),
    ('host = "gateway.example"', "", "gateway.host"),
    ('host = "gateway.example"', 'hots = "x"\nhost = "y"', "gateway.hots"),
    ("baudrate = 9600", "baudrate = 9601", "buses[0].baudrate"),
    ("/dev/serial/by-path/x", "ttyUSB0", "buses[0].port"),
    ("/dev/serial/by-path/x", "tcp://10.0.0.7", "buses[0].port"),
    ("/dev/serial/by-path/x", "udp://10.0.0.7:502", "buses[0].port"),
    ("baudrate = 9600", 'baudrate = "9600"', "buses[0].baudrate"),
    ('every = "30s"', "every = 30", "buses[0].instruments[0].every"),
    ('profile = "yosemitech-y532"', 'profile = "yosemitech-y523"', "buses[0].instruments[0].profile"),
    ("address = 5", "address = 1", "buses[0].instruments[1].address"),
    ("address = 5", "address = 300", "buses[0].instruments[1].address"),
    ('name = "level"', 'name = "probe"', "buses[0].instruments[1].name"),
    ('channels = ["pressure_p1"]', 'channels = ["p9"]', "buses[0].instruments[1].channels[0]"),
    ('source = "rtsp://admin:hunter2@10.0.0.2/stream"', 'source = "gopher://x"', "cameras[0].source"),
]


@pytest.mark.parametrize(("old", "new", "key"), FAULTS)
def test_one_fault_is_named_by_its_key(tmp_path: Path, old: str, new: str, key: str) -> None:
    assert old in SOUND
    file, faults = found(tmp_path, SOUND.replace(old, new, 1))
    assert file is None
    assert list(faults) == [key]


CHECKS = """
[buses.instruments.checks.pressure_p1]
unit = "bar"
range = { fail = [0, 11], suspect = [0.8, 5] }
spike = { suspect = 0.2, fail = 1 }
flat_line = { suspect_after = "3h", tolerance = 0.0005 }

[[cameras]]"""


def test_checks_of_a_channel(tmp_path: Path) -> None:
    file, faults = found(tmp_path, SOUND.replace("\n[[cameras]]", CHECKS))
    assert not faults
    assert file is not None
    checks = file.buses[0].instruments[1].checks["pressure_p1"]
    assert checks.range is not None
    assert checks.range.fail == (0, 11)
    assert checks.flat_line is not None
    assert checks.flat_line.suspect_after == 3 * 3600
    assert file.buses[0].instruments[0].checks == {}


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("checks.pressure_p1", "checks.pressure_p9", "pressure_p9"),
        ('unit = "bar"', 'unit = "kPa"', "pressure_p1.unit"),
        ("fail = [0, 11]", "fail = [11, 0]", "pressure_p1.range.fail"),
        ("tolerance = 0.0005", "tolerance = 0", "pressure_p1.flat_line.tolerance"),
        ('"3h"', "3", "pressure_p1.flat_line.suspect_after"),
    ],
)
def test_faults_of_checks(tmp_path: Path, old: str, new: str, key: str) -> None:
    text = SOUND.replace("\n[[cameras]]", CHECKS)
    assert old in text
    file, faults = found(tmp_path, text.replace(old, new, 1))
    assert file is None
    assert f"buses[0].instruments[1].checks.{key}" in faults


GENERIC = """
[[buses.instruments]]
name = "old-meter"
profile = "generic"
address = 12

[buses.instruments.generic]
reads = { max_registers = 8 }

[[buses.instruments.generic.channels]]
name = "flow"
unit = "m3/h"
table = "holding"
register = 40
type = "f32"
order = "CDAB"

[[cameras]]"""


def test_an_instrument_that_the_library_does_not_know(tmp_path: Path) -> None:
    file, faults = found(tmp_path, SOUND.replace("\n[[cameras]]", GENERIC))
    assert not faults
    assert file is not None
    described = file.buses[0].instruments[2]
    profile = model_of(described.model_dump(), Catalogue())
    assert isinstance(profile, Profile)
    assert [(channel.name, channel.unit, channel.block.start) for channel in profile.channels] == [("flow", "m3/h", 40)]


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('order = "CDAB"\n', "", "generic.channels[0].order"),
        ('type = "f32"', 'type = "f31"', "generic.channels[0].type"),
        ('profile = "generic"', 'profile = "xy-md02"', "generic"),
        ("address = 12", "address = 5", "address"),
    ],
)
def test_faults_of_an_instrument_described_on_site(tmp_path: Path, old: str, new: str, key: str) -> None:
    text = SOUND.replace("\n[[cameras]]", GENERIC)
    assert old in text
    file, faults = found(tmp_path, text.replace(old, new, 1) if key != "address" else text.replace("12", "5"))
    assert file is None
    assert f"buses[0].instruments[2].{key}" in faults


def test_generic_without_a_description(tmp_path: Path) -> None:
    _, faults = found(
        tmp_path, SOUND.replace('"keller-series-30"', '"generic"').replace('channels = ["pressure_p1"]', "")
    )
    assert faults == {"buses[0].instruments[1].generic": "missing"}


def test_an_instrument_is_not_asked_more_often_than_its_maker_allows(tmp_path: Path) -> None:
    _, faults = found(tmp_path, SOUND.replace('"30s"', '"500ms"'))
    assert faults == {"buses[0].instruments[0].every": "'500ms'"}


def test_faults_of_form_and_of_meaning_come_together(tmp_path: Path) -> None:
    text = (
        SOUND.replace("baudrate = 9600", "baudrate = 1")
        .replace('"keller-series-30"', '"keler"')
        .replace('name = "level"', 'name = "probe"')
    )
    _, faults = found(tmp_path, text)
    assert set(faults) == {"buses[0].baudrate", "buses[0].instruments[1].profile", "buses[0].instruments[1].name"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/dev/serial/by-path/x", "/dev/serial/by-path/x"),
        ("socket://10.0.0.7:4196", "socket://10.0.0.7:4196"),
        ("tcp://plc:502", "tcp://PLC:502"),
        ("tcp://plc:502", "socket://plc:502"),
    ],
)
def test_two_buses_cannot_share_a_port(tmp_path: Path, one: str, other: str) -> None:
    more = f'[[buses]]\nname = "air"\nport = "{other}"\n[[buses.instruments]]\nname="x"\nprofile="xy-md02"\n'
    _, faults = found(tmp_path, SOUND.replace("/dev/serial/by-path/x", one) + more)
    assert faults == {"buses[1].port": repr(other)}


@pytest.mark.parametrize("port", ["socket://10.0.0.7:4196", "tcp://plc:502", "/dev/ttyS1"])
def test_the_ways_to_a_bus(tmp_path: Path, port: str) -> None:
    file, faults = found(tmp_path, SOUND.replace("/dev/serial/by-path/x", port))
    assert not faults
    assert file is not None
    assert file.buses[0].port == port


def test_a_site_with_nothing_on_it(tmp_path: Path) -> None:
    _, faults = found(tmp_path, SOUND[: SOUND.index("[[buses]]")])
    assert faults == {"": "missing"}


def test_wrong_shapes_are_faults_and_not_crashes(tmp_path: Path) -> None:
    for text in ("buses = 3", 'buses = ["x"]', "[buses]\nname = 1", "cameras = [[1]]", "site = 1\ngateway = []"):
        file, faults = found(tmp_path, text)
        assert file is None
        assert faults


def test_passwords_do_not_show_in_faults(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(SOUND.replace("rtsp://", "rtspp://"), "utf-8")
    lines = " ".join(fault.line(lang) for fault in read_site(path, Catalogue()).faults for lang in ("zh", "en"))
    assert "cameras[0].source" in lines
    assert "hunter2" not in lines


def test_the_sound_file_is_toml() -> None:
    assert tomllib.loads(SOUND)["site"]["id"] == "farm-1"
