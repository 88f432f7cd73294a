"""Two-point calibration: from what an instrument showed in two references to the slope and intercept it should use."""

from dataclasses import dataclass

from sensors.channel import Channel


@dataclass(frozen=True, slots=True)
class Point:
    """What the instrument showed in a reference, and what the reference is, both in the channel's unit."""

    shown: float
    true: float


@dataclass(frozen=True, slots=True)
class Fit:
    """`final = slope x raw + intercept`, in the instrument's own unit, which a channel's scale may differ from."""

    slope: float
    intercept: float


def two_point(channel: Channel, now: Fit, low: Point, high: Point) -> Fit:
    """The fit that shows both references truly, for an instrument that uses `now`.

    Raises ValueError where the points cannot tell: the same reading in both, or a slope that turns the scale round.
    """
    shown = [_own(channel, point.shown) for point in (low, high)]
    true = [_own(channel, point.true) for point in (low, high)]
    raw = [(value - now.intercept) / now.slope for value in shown]
    if raw[0] == raw[1]:
        raise ValueError(
            f"仪器在两种标准中读数相同：{low.shown:g} / the same reading in both references: {low.shown:g}"
        )
    slope = (true[1] - true[0]) / (raw[1] - raw[0])
    if slope * now.slope <= 0:
        raise ValueError("两点次序相反，请检查标准 / the points stand the wrong way round: check the references")
    return Fit(slope, true[0] - slope * raw[0])


def offset(now: float, point: Point) -> float:
    """The offset that shows `point` truly, for an instrument that adds `now`."""
    return now + point.true - point.shown


def _own(channel: Channel, value: float) -> float:
    return (value - channel.offset) / channel.scale
