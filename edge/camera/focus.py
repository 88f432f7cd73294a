"""A camera's own sharpness, learnt for each hour of the day, and whether it fell far below that (pure)."""

from dataclasses import dataclass

ENOUGH = 20
"""An hour is known after so many looks."""

BLURRED, SHARP = 0.55, 0.75
"""Shares of the usual sharpness: below the one it is blurred, from the other on it isn't."""

BETTER_MS, WORSE_MS = 600_000, 72_000_000
"""How fast the memory follows: a cleaned lens in ten minutes, a worse one in twenty hours of that hour of the day."""

Hour = tuple[int, bool]
"""The hour of the day, -1 where no clock tells; and whether the picture is infra-red."""


@dataclass(frozen=True, slots=True)
class _Usual:
    sharpness: float
    looks: int
    at_ms: int


class Focus:
    """One camera's memory of how sharp it is."""

    def __init__(self) -> None:
        self._usual: dict[Hour, _Usual] = {}
        self._latest: dict[bool, float] = {}

    def blurred(self, sharpness: float, hour: Hour) -> bool | None:
        """Whether it is far below the usual of this hour; None between both bars, or before the hour is known."""
        known = self._usual.get(hour)
        if known and known.looks >= ENOUGH and sharpness < BLURRED * known.sharpness:
            return True
        usual = known.sharpness if known and known.looks >= ENOUGH else self._latest.get(hour[1])
        return None if usual is None or sharpness < SHARP * usual else False

    def learn(self, sharpness: float, hour: Hour, at_ms: int) -> None:
        """Remember a look that nothing ails."""
        known = self._usual.get(hour)
        if known is None:
            self._usual[hour] = _Usual(sharpness, 1, at_ms)
            return
        pace = BETTER_MS if sharpness > known.sharpness else WORSE_MS
        # No look weighs more than a minute: after a day's pause the first one is still only one.
        share = max(1 / (known.looks + 1) if known.looks < ENOUGH else 0.0, min(60_000, at_ms - known.at_ms) / pace)
        usual = known.sharpness + share * (sharpness - known.sharpness)
        self._usual[hour] = _Usual(usual, known.looks + 1, at_ms)
        if known.looks + 1 >= ENOUGH:
            self._latest[hour[1]] = usual
