"""A profile is refused with all its faults, or can be trusted."""

import pytest
from bus_kit import channel

from sensors.block import Block, Table
from sensors.place import Kind, Order
from sensors.profile import Bounds, Profile, parse

SOUND = """
maker = "Maker"
model = "M1"
measures = { zh = "水位", en = "level" }
confidence = "manual"
source = ["manual p.3"]

[transport]
baudrate = 9600
address = 1

[timing]

[reads]
max_registers = 4

[[channels]]
name = "level"
quantity = { zh = "水位", en = "level" }
unit = "m"
table = "holding"
register = 10
type = "f32"
order = "CDAB"

[[channels]]
name = "spare"
quantity = { zh = "备用", en = "spare" }
unit = "1"
table = "input"
register = 3
type = "u16"
optional = true
diagnostic = true
"""


def faults(*changes: tuple[str, str]) -> list[str]:
    text = SOUND
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    found = parse(text, "m1.toml", "maker-m1")
    assert isinstance(found, tuple), "no fault found"
    return [fault.line("en") for fault in found]


def test_a_sound_profile() -> None:
    profile = parse(SOUND, "m1.toml", "maker-m1")
    assert isinstance(profile, Profile)
    assert profile.id == "maker-m1"
    level = profile.channel("level")
    assert level is not None
    assert (level.order, level.block) == (Order.CDAB, Block(Table.HOLDING, 10, 2))
    assert [one.name for one in profile.routine] == ["level"]
    assert profile.ground == (Block(Table.HOLDING, 10, 2),)
    assert profile.channel("nothing") is None


def test_every_fault_at_once() -> None:
    found = faults(
        ('unit = "m"', ""),
        ('"f32"', '"f33"'),
        ("baudrate = 9600", 'baudrate = "9600"'),
        ("[timing]", "[timing]\nx = 1"),
    )
    assert [line.split(": ")[1] for line in found] == [
        "transport.baudrate", "timing.x", "channels[0].type", "channels[0].unit",
    ]  # fmt: skip
    assert "'bit', 'u8'" in found[2]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('order = "CDAB"', "", "order is required"),
        ('order = "CDAB"', 'order = "ACBD"', "'ABCD', 'CDAB', 'BADC' or 'DCBA'"),
        ("register = 10", "register = 65535", "past address 65535"),
        ("register = 10", "register = 65536", "at most 65535"),
        ('table = "holding"', 'table = "coil"', "type bit"),
        ('name = "spare"', 'name = "level"', "used twice"),
        ("max_registers = 4", "max_registers = 1", "more than max_registers = 1"),
        ("max_registers = 4", "max_registers = 4\nalign = 2", "would read a hole"),
        ("max_registers = 4", "max_registers = 126", "at most 125"),
        ('unit = "m"', 'unit = "m"\nscale = 0', "scale must not be 0"),
        ('unit = "m"', 'unit = "m"\nrange = [5, 1]', "range must be [low, high]"),
        ('unit = "m"', 'unit = "m"\nrange = [1, 2, 3]', "too_long"),
        ("source = [", "source = []\nquirks = [", "at least 1"),
        ("address = 1", "address = 255", "at most 254"),
    ],
)
def test_what_a_profile_may_not_say(old: str, new: str, said: str) -> None:
    found = faults((old, new))
    assert any(said in line for line in found) or said == "too_long", found


@pytest.mark.parametrize(("kind", "width"), [(Kind.BIT, 1), (Kind.S16, 1), (Kind.U32, 2), (Kind.F32, 2), (Kind.F64, 4)])
def test_width_of_a_value(kind: Kind, width: int) -> None:
    assert channel(kind=kind, table=Table.COIL if kind is Kind.BIT else Table.INPUT).block.count == width


def test_alignment_widens_both_ends() -> None:
    bounds = Bounds(max_registers=8, align=4)
    assert bounds.around(5, 6) == (4, 8)
    assert bounds.around(4, 8) == (4, 8)
    assert Bounds(max_registers=8).around(5, 6) == (5, 6)
