"""What holds for each kind of pin where the site file says nothing."""

from sensors.pins.kinds import CONTACTS, COUNTERS, INPUTS, OUTPUTS, Kind
from sensors.pins.wiring import Level, Pull


def test_every_kind_is_one_of_contact_counter_output() -> None:
    assert sorted([*CONTACTS, *COUNTERS, *OUTPUTS]) == sorted(Kind)


def test_a_cut_wire_at_a_door_or_at_the_mains_is_an_alarm() -> None:
    """Nothing connected: the pull decides, and it must be the active level."""
    for kind in (Kind.DOOR, Kind.MAINS):
        assert (CONTACTS[kind].pull, CONTACTS[kind].active) == (Pull.UP, Level.HIGH)


def test_no_pulse_that_its_standard_allows_is_taken_for_bouncing() -> None:
    """EN 62053-31:1998, class A: pulse and pause of at least 30 ms."""
    assert COUNTERS[Kind.PULSE].bounce < 0.030


def test_channels_have_names_of_their_own() -> None:
    names = [kind.channel for kind in INPUTS.values()]
    assert len(set(names)) == len(names)
