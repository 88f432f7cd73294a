"""Whether a camera still looks where it looked: its edges against a reference that follows sun and seasons (pure)."""

from dataclasses import dataclass

import numpy as np

from edge.camera.look import Field, Look

MOVED_PIXELS = 3
"""Of the coarse picture, 120 wide: 2.5 % of the view. Wind and the mast's warmth stay below one."""

ALIKE, STRANGE, SAME, PLAINER = 0.30, 0.20, 0.60, 0.10
"""Likeness from which views are one; below which they aren't; that a shift must reach; by how much it beats none."""

MORE = 0.15
"""A view of which so much more is flat than of another shows clearly less: fog took it, not a turn of the camera."""

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


@dataclass(frozen=True, slots=True)
class _Reference:
    edges: Field
    flat: float
    at_ms: int


class Mount:
    """One camera's direction. Pictures in colour and infra-red ones have a reference each: other light, other edges."""

    def __init__(self) -> None:
        self._references: dict[bool, _Reference] = {}
        self._before: Field | None = None
        self._strange_ms: int | None = None

    def moved(self, look: Look, infra_red: bool, at_ms: int) -> bool | None:
        """Whether the view is another than it was; None where that can't be told from this look."""
        before, self._before = self._before, look.edges
        if not look.edges.any():
            return None
        reference = self._references.get(infra_red)
        if reference is None or look.flat < reference.flat - MORE:  # a reference taken in fog gives way to a better one
            self._references[infra_red] = _Reference(look.edges, look.flat, at_ms)
            return None
        now = likeness(look.edges, reference.edges)
        if _shifted(now) or (now.here < STRANGE and look.flat <= reference.flat + MORE):
            # The new view must stand: a lorry that passes or a fog that drifts is no turn of the camera.
            return self._strange(at_ms) if before is not None and likeness(look.edges, before).here >= ALIKE else None
        if now.here < ALIKE:
            return None
        self._references[infra_red] = _followed(reference, look, at_ms)
        self._strange_ms = None
        return False

    def _strange(self, at_ms: int) -> bool:
        """The view is another; after a whole day of that, what comes next is taken for the view that was meant."""
        self._strange_ms = at_ms if self._strange_ms is None else self._strange_ms
        if at_ms - self._strange_ms >= ACCEPT_MS:
            self._references.clear()
            self._strange_ms = None
        return True


def _shifted(now: Likeness) -> bool:
    far = max(abs(now.right), abs(now.down)) >= MOVED_PIXELS
    return far and now.best >= SAME and now.best > now.here + PLAINER


def _followed(reference: _Reference, look: Look, at_ms: int) -> _Reference:
    """The reference, a little nearer to what is seen."""
    share = min(0.5, max(0, at_ms - reference.at_ms) / FOLLOWS_MS)
    edges = reference.edges + share * (look.edges - reference.edges)
    length = max(float(np.linalg.norm(edges)), 1e-6)
    flat = reference.flat + share * (look.flat - reference.flat)
    return _Reference(np.asarray(edges / length, np.float32), flat, at_ms)
