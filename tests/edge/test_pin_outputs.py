"""What lamps, sirens and relays show."""

import pytest

from edge.pins.outputs import Open, Signs, wanted
from edge.pins.table import Pin
from sensors.pins.kinds import Kind

SIREN = Pin(name="horn", kind=Kind.SIREN, gpio=22, alarms=("door", "leak"), limit="60s")


def lamp(shows: str) -> Pin:
    return Pin(name="lamp", kind=Kind.LED, gpio=26, shows=shows)


@pytest.mark.parametrize(
    ("shows", "connected", "well", "lit"),
    [
        ("connected", None, None, False),
        ("connected", True, False, True),
        ("connected", False, False, False),
        ("trouble", None, None, False),
        ("trouble", True, True, False),
        ("trouble", False, False, True),
    ],
)
def test_lamps_show_health(shows: str, connected: bool | None, well: bool | None, lit: bool) -> None:
    assert wanted(lamp(shows), Signs(10.0, connected, well)) is lit


def test_the_lamp_of_a_running_program_blinks_by_the_second() -> None:
    assert [wanted(lamp("running"), Signs(now)) for now in (4.0, 4.9, 5.0, 5.9, 6.0)] == [
        True,
        True,
        False,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("alarms", "sounds"),
    [
        ((), False),
        ((Open(Kind.DOOR, 990.0),), True),
        ((Open(Kind.LEAK, 941.0),), True),
        ((Open(Kind.MAINS, 990.0),), False),
        ((Open(Kind.DOOR, 940.0),), False),
        ((Open(Kind.DOOR, 900.0), Open(Kind.LEAK, 999.0)), True),
    ],
)
def test_a_siren_sounds_for_its_alarms_and_for_its_time(alarms: tuple[Open, ...], sounds: bool) -> None:
    assert wanted(SIREN, Signs(1000.0, alarms=alarms)) is sounds


@pytest.mark.parametrize("normal", ["on", "off"])
def test_a_relay_is_as_the_file_says(normal: str) -> None:
    pin = Pin(name="pump", kind=Kind.RELAY, gpio=23, normal=normal, safe="off")
    assert wanted(pin, Signs(0.0)) is (normal == "on")
