"""Which of a detector's regions count, by a camera's zones (pure)."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

from edge.camera.zones import Point, Use, Zone, area
from models.detection import Detection, Region

IGNORED, WATCHED = 0.5, 0.1
"""A region counts unless half of it lies where it is to be ignored, if a tenth lies where it is to be watched."""


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
    return sum(abs(area(_cut(points, region))) for points in polygons) / whole if whole > 0 else 0.0


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
