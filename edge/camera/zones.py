"""`[[cameras.zones]]` in the site file: where smoke counts, where it doesn't, and what nobody may ever see (pure)."""

from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from models.detection import Detection, Region
from sensors.strict import Problem, Problems, Strict

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Point = tuple[Share, Share]
"""Right and down, in shares of the picture's width and height."""

IGNORED, WATCHED = 0.5, 0.1
"""A region counts unless half of it lies where it is to be ignored, if a tenth lies where it is to be watched."""

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
        if abs(_area(self.points)) < _THINNEST:
            zh, en = "各点在一条直线上，没有面积", "the points lie on one line and enclose nothing"
            raise Problems([Problem("points", f"{len(self.points)} points", zh, en)])
        return self


def counted(detection: Detection, zones: Iterable[Zone]) -> Detection:
    """The verdict with only those regions that count, and no score above theirs.

    A detector that says that, but not where, there is smoke is believed: nothing is known that speaks against it.
    """
    watched = [zone.points for zone in zones if zone.kind is Use.WATCH]
    ignored = [zone.points for zone in zones if zone.kind is Use.IGNORE]
    if not detection.regions or not (watched or ignored):
        return detection

    def counts(region: Region) -> bool:
        inside = not watched or _covered(region, watched) >= WATCHED
        return inside and _covered(region, ignored) < IGNORED

    kept = tuple(region for region in detection.regions if counts(region))
    if len(kept) == len(detection.regions):
        return detection
    best = max((region.score for region in kept), default=0.0)
    return replace(detection, score=min(detection.score, best), regions=kept)


def _covered(region: Region, polygons: Iterable[tuple[Point, ...]]) -> float:
    """The share of the region in the polygons; where these overlap it counts twice."""
    whole = region.width * region.height
    return sum(abs(_area(_cut(points, region))) for points in polygons) / whole if whole > 0 else 0.0


def _cut(points: tuple[Point, ...], region: Region) -> tuple[Point, ...]:
    """The polygon within the rectangle (Sutherland and Hodgman 1974): cut along one side after the other."""
    for axis, bound, sign in (
        (0, region.x, 1),
        (0, region.x + region.width, -1),
        (1, region.y, 1),
        (1, region.y + region.height, -1),
    ):
        kept: list[Point] = []
        for before, point in pairwise((*points[-1:], *points)):
            a, b = (before[axis] - bound) * sign, (point[axis] - bound) * sign
            if (a < 0) != (b < 0):
                share = a / (a - b)
                kept.append((before[0] + share * (point[0] - before[0]), before[1] + share * (point[1] - before[1])))
            if b >= 0:
                kept.append(point)
        points = tuple(kept)
    return points


def _area(points: tuple[Point, ...]) -> float:
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
