"""Whether a camera still looks where it looked: its edges against a reference that follows sun and seasons (pure)."""

from dataclasses import dataclass

import numpy as np

from edge.camera.look import Field, Look

MOVED_PIXELS = 3
"""Of the coarse picture, 120 wide: 2.5 % of the view. Wind and the mast's warmth stay below one."""

ALIKE, STRANGE, PLAINER = 0.30, 0.20, 0.10
"""Likeness from which two views are one; below which they aren't; by how much a shift must explain more than none."""

FOLLOWS_MS = 600_000
"""The reference goes to what is seen within this time: shadows move on slower than that."""

ACCEPT_MS = 86_400_000
"""Who turns a camera on purpose has its alarm closed after a day."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How two edge pictures agree, -1 to 1: as they lie, and where they agree best, with that shift in pixels."""

    here: float
    best: float
    right: int
    down: int


def likeness(edges: Field, reference: Field) -> Likeness:
    """Correlation over shifts of up to a quarter of the view each way; one pixel counts as none."""
    spectrum = np.fft.rfft2(edges) * np.conj(np.fft.rfft2(reference))
    field = np.fft.fftshift(np.fft.irfft2(spectrum, edges.shape))
    rows, columns = edges.shape
    row, column = rows // 2, columns // 2
    high, wide = rows // 4, columns // 4
    near = field[row - high : row + high + 1, column - wide : column + wide + 1]
    down, right = np.unravel_index(int(near.argmax()), near.shape)
    here = field[row - 1 : row + 2, column - 1 : column + 2].max()
    return Likeness(float(here), float(near.max()), int(right) - wide, int(down) - high)


class Mount:
    """One camera's direction. Pictures in colour and infra-red ones have a reference each: other light, other edges."""

    def __init__(self) -> None:
        self._references: dict[bool, tuple[Field, int]] = {}
        self._before: Field | None = None
        self._strange_ms: int | None = None

    def moved(self, look: Look, infra_red: bool, at_ms: int) -> bool | None:
        """Whether the view is another than it was; None where that can't be told from this look."""
        before, self._before = self._before, look.edges
        if not look.edges.any():
            return None
        if infra_red not in self._references:
            self._references[infra_red] = look.edges, at_ms
            return None
        reference, last_ms = self._references[infra_red]
        now = likeness(look.edges, reference)
        if _another(now):
            # The new view must stand: a lorry that passes or a fog that drifts is no turn of the camera.
            return self._strange(at_ms) if before is not None and likeness(look.edges, before).here >= ALIKE else None
        if now.here < ALIKE:
            return None
        share = min(0.5, max(0, at_ms - last_ms) / FOLLOWS_MS)
        followed = reference + share * (look.edges - reference)
        length = max(float(np.linalg.norm(followed)), 1e-6)
        self._references[infra_red] = np.asarray(followed / length, np.float32), at_ms
        self._strange_ms = None
        return False

    def _strange(self, at_ms: int) -> bool:
        """The view is another; after a whole day of that, what comes next is taken for the view that was meant."""
        self._strange_ms = at_ms if self._strange_ms is None else self._strange_ms
        if at_ms - self._strange_ms >= ACCEPT_MS:
            self._references.clear()
            self._strange_ms = None
        return True


def _another(now: Likeness) -> bool:
    shifted = max(abs(now.right), abs(now.down)) >= MOVED_PIXELS
    return now.best < STRANGE or (shifted and now.best >= ALIKE and now.best > now.here + PLAINER)
