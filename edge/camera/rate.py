"""How many frames really come, against how many are wanted (pure)."""

from collections import deque

WINDOW_MS, SPACING_MS = 600_000, 20_000

LOW, WELL = 0.4, 0.75
"""Shares of the wanted frames: below the one frames are lost, from the other on they aren't."""


class Rate:
    """One camera's frames over the last ten minutes."""

    def __init__(self, every_s: float) -> None:
        """A frame is wanted every `every_s` seconds; a window has at least ten of them."""
        self._every_ms = 1000 * every_s
        self._window_ms = max(WINDOW_MS, round(10 * self._every_ms))
        self._counts: deque[tuple[int, int]] = deque()

    def begin_anew(self) -> None:
        """After a silence, which has a name of its own, the window fills again."""
        self._counts.clear()

    def low(self, captured: int, at_ms: int) -> bool | None:
        """Whether far fewer frames came than are wanted; None until the window is full, and between both bars."""
        counts = self._counts
        if not counts or at_ms - counts[-1][0] >= SPACING_MS:
            counts.append((at_ms, captured))
        while len(counts) > 1 and at_ms - counts[1][0] >= self._window_ms:
            counts.popleft()
        begun_ms, before = counts[0]
        if at_ms - begun_ms < self._window_ms:
            return None
        share = (captured - before) * self._every_ms / (at_ms - begun_ms)
        return True if share < LOW else False if share >= WELL else None
