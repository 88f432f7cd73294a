"""Names that lead nowhere are found with the faults of form; what a technician describes is a profile as well."""

import tomllib

import pytest
from bus_kit import bench

from sensors.modbus.slave import Slave
from sensors.profile import Profile, generic, parse
from sensors.references import references
from sensors.station import Station

TEXT = """
maker = "M"
model = "M1"
measures = { zh = "水位", en = "level" }
confidence = "manual"
source = ["manual p.3"]
transport = { address = 1 }
timing = {}
reads = { max_registers = 4 }

[[channels]]
name = "level"
quantity = { zh = "水位", en = "level" }
unit = "m"
table = "holding"
register = 10
type = "u16"

[[channels]]
name = "status"
quantity = { zh = "状态", en = "status" }
unit = "1"
table = "holding"
register = 11
type = "u16"
judges = ["level"]
meanings = [{ value = 0, zh = "好", en = "good" }]

[[settings]]
name = "address"
quantity = { zh = "地址", en = "address" }
table = "holding"
register = 20
type = "u16"
range = [1, 247]
write = "single"

[[commands]]
name = "zero"
quantity = { zh = "零点", en = "zero" }
send = "06 00 01 00 01"
reply = 8

[[calibrations]]
name = "zero"
quantity = { zh = "零点", en = "zero" }
kind = "command"
channels = ["level"]
command = "zero"
result = "status"
presets = [{ setting = "address", value = 1 }]

[set_address]
setting = "address"
before = [{ setting = "address", value = 1 }]
"""


def keys(*changes: tuple[str, str]) -> list[str]:
    text = TEXT
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    found = parse(text, "m1.toml", "m1")
    assert isinstance(found, tuple), found
    return [fault.key for fault in found]


def test_a_sound_profile_has_no_astray_names() -> None:
    assert isinstance(parse(TEXT, "m1.toml", "m1"), Profile)
    assert list(references(tomllib.loads(TEXT), "m1.toml")) == []


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('judges = ["level"]', 'judges = ["level", "lvl"]', "channels[1].judges[1]"),
        ('name = "status"', 'name = "level"', "channels[1].name"),
        ('channels = ["level"]', 'channels = ["x"]', "calibrations[0].channels[0]"),
        ('channels = ["level"]', 'channels = ["level"]\nsettings = ["x"]', "calibrations[0].settings[0]"),
        ('command = "zero"', 'command = "x"', "calibrations[0].command"),
        ('result = "status"', 'result = "x"', "calibrations[0].result"),
        ('presets = [{ setting = "address"', 'presets = [{ setting = "x"', "calibrations[0].presets[0].setting"),
        ('[set_address]\nsetting = "address"', '[set_address]\nsetting = "x"', "set_address.setting"),
        ('before = [{ setting = "address"', 'before = [{ setting = "x"', "set_address.before[0].setting"),
    ],
)
def test_a_name_that_leads_nowhere(old: str, new: str, key: str) -> None:
    assert key in keys((old, new))


def test_faults_of_form_and_of_names_come_together() -> None:
    found = keys(
        ('command = "zero"', 'command = "x"'),
        ("max_registers = 4", "max_registers = 0"),
        ("range = [1, 247]", "range = [9, 1]"),
        ('send = "06', 'send = "0'),
    )
    assert {"reads.max_registers", "settings[0].range", "commands[0].send", "calibrations[0].command"} <= set(found)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('write = "single"', 'write = "twice"', "settings[0].write"),
        ('write = "single"', 'write = "single"\ncount = 2', "settings[0].write"),
        ('table = "holding"\nregister = 20', 'table = "input"\nregister = 20', "settings[0].table"),
        ("register = 20\n", "register = 20\nmask = 3\n", "settings[0].type"),
        ("reply = 8", "reply = 3", "commands[0].reply"),
        ('send = "06 00 01 00 01"', 'send = ""', "commands[0].send"),
        ('type = "u16"\njudges', 'type = "u16"\nside_effect = true\njudges', ""),
    ],
)
def test_what_may_be_done_is_checked_too(old: str, new: str, key: str) -> None:
    if key:
        assert key in keys((old, new))
    else:
        assert isinstance(parse(TEXT.replace(old, new), "m1.toml", "m1"), Profile)


def test_a_profile_needs_one_channel_that_is_always_there() -> None:
    optional = [('unit = "m"', 'unit = "m"\noptional = true'), ('judges = ["level"]', "optional = true")]
    assert keys(*optional) == ["channels"]


# What a technician describes in a site file


UNKNOWN = {
    "channels": [
        {
            "name": "level",
            "unit": "m",
            "table": "input",
            "register": 0,
            "type": "f32",
            "order": "CDAB",
            "range": [0, 9],
        },
        {"name": "battery", "unit": "V", "table": "input", "register": 2, "type": "u16", "scale": 0.01},
    ]
}


def test_an_unknown_instrument_is_described_by_its_channels_alone() -> None:
    model = generic(UNKNOWN, "site.toml", "buses[0].instruments[1].describe", "pond-level")
    assert isinstance(model, Profile)
    assert (model.id, model.model, model.transport.address) == ("pond-level", "pond-level", 1)
    slave = Slave(model, 9, {"level": 3.25, "battery": 12.34})
    stand = bench(slave)
    readings = Station("one", model, stand.master, stand.clock, address=9).poll()
    assert {reading.channel: reading.value for reading in readings} == {"level": 3.25, "battery": 12.34}


def test_a_description_may_say_all_that_a_profile_says() -> None:
    table = UNKNOWN | {"maker": "Acme", "transport": {"address": 7, "parity": "E"}, "reads": {"max_registers": 2}}
    model = generic(table, "site.toml", "x", "pond-level")
    assert isinstance(model, Profile)
    assert (model.maker, model.transport.parity, model.reads.max_registers) == ("Acme", "E", 2)


def test_faults_of_a_description_come_with_the_whole_key_path() -> None:
    channels = [{"name": "level", "unit": "m", "table": "input", "register": 0, "type": "f32"}, {"name": "Level"}, 3]
    found = generic({"channels": channels, "colour": 1}, "site.toml", "buses[0].instruments[1].describe", "x")
    assert isinstance(found, tuple)
    assert {
        "buses[0].instruments[1].describe.colour",
        "buses[0].instruments[1].describe.channels[0].order",
        "buses[0].instruments[1].describe.channels[1].name",
        "buses[0].instruments[1].describe.channels[2]",
    } <= {fault.key for fault in found}
    assert {fault.where for fault in found} == {"site.toml"}


def test_a_description_without_channels_is_told_so() -> None:
    found = generic({}, "site.toml", "describe", "x")
    assert isinstance(found, tuple)
    assert [fault.key for fault in found] == ["describe.channels"]
