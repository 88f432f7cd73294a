"""`[[cameras.zones]]` in the site file: where smoke counts, where it doesn't, and what nobody may ever see (pure).

Without numpy: `sense` reads the same file.
"""

from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from sensors.strict import Problem, Problems, Strict

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Point = tuple[Share, Share]
"""Right and down, in shares of the picture's width and height."""

_THINNEST = 1e-6


class Use(StrEnum):
    """What a zone is for. Where none is to be watched, all is."""

    WATCH = "watch"
    IGNORE = "ignore"
    BLACKEN = "blacken"


class Zone(Strict):
    """A polygon, its corners in order; the last one is joined to the first."""

    kind: Use
    points: Annotated[tuple[Point, ...], Field(min_length=3)]

    @model_validator(mode="after")
    def _is_a_polygon(self) -> Self:
        crossing = _crossing(self.points)
        if crossing:
            sides = f"{crossing[0]} × {crossing[1]}"
            zh, en = "边线相交，请按顺序排列各点", "sides cross each other: put the points in order"
            raise Problems([Problem("points", sides, zh, en)])
        if abs(area(self.points)) < _THINNEST:
            zh, en = "各点在一条直线上，没有面积", "the points lie on one line and enclose nothing"
            raise Problems([Problem("points", f"{len(self.points)} points", zh, en)])
        return self


def area(points: tuple[Point, ...]) -> float:
    """Signed, by the shoelace formula."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise((*points[-1:], *points))) / 2


def _crossing(points: tuple[Point, ...]) -> tuple[int, int] | None:
    """Two sides that cross, by the numbers of their first corners; None where none do."""
    count = len(points)
    sides = [(points[index], points[(index + 1) % count]) for index in range(count)]
    for one in range(count):
        for other in range(one + 2, count - (one == 0)):
            if _cross(*sides[one], *sides[other]):
                return one, other
    return None


def _cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    def left(p: Point, q: Point, r: Point) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return left(a, b, c) * left(a, b, d) < 0 and left(c, d, a) * left(c, d, b) < 0
