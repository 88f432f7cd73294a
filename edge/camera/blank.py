"""A view that shows nothing: the night's darkness, or a lens that is covered and a sensor that failed (pure)."""

from edge.camera.daytime import sun_is_up
from edge.camera.look import Look
from sensors.reading import Stamp

FLAT = 0.9
"""From this share of cells without anything in them there is nothing to be seen."""

LIT = 40.0
"""A view of at least this mean grey is lit, be it by the sun or by the camera's own lamp."""

SUDDEN_MS = 60_000
"""Dusk and fog take longer than this from a lit view to none; two cadences if that is longer."""


class Blank:
    """One camera's darkness, and whether it is out of order."""

    def __init__(self, every_s: float) -> None:
        self._sudden_ms = max(SUDDEN_MS, round(2000 * every_s))
        self._lit_ms: int | None = None
        self._wrong = False

    def wrong(self, look: Look, at: Stamp) -> bool:
        """Whether the look shows nothing and should: a moment ago it did, or the sun is up. So it stays while blank."""
        if look.flat < FLAT:
            self._wrong = False
            self._lit_ms = at.mono_ms if look.light >= LIT else self._lit_ms
            return False
        sudden = self._lit_ms is not None and at.mono_ms - self._lit_ms <= self._sudden_ms
        self._wrong = self._wrong or sudden or sun_is_up(at)
        return self._wrong
