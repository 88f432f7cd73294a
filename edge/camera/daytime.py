"""What the clock says of the sun, without knowing where in the country the camera stands (pure)."""

from sensors.reading import ClockState, Stamp

DAY = range(11, 15)
"""Hours in Beijing's time at which the sun is up from Kashgar to Fuyuan on every day of the year."""

_BEIJING_MS, _HOUR_MS = 8 * 3_600_000, 3_600_000


def hour(at: Stamp) -> int:
    """The hour of the day in Beijing's time; -1 where the clock isn't to be trusted with it."""
    return (at.wall_ms + _BEIJING_MS) // _HOUR_MS % 24 if at.clock is ClockState.SYNCHRONISED else -1


def sun_is_up(at: Stamp) -> bool:
    """True where it certainly is; at other hours nothing is said."""
    return hour(at) in DAY
