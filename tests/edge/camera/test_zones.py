"""Zones: which detections count, and which polygons a site file may have."""

from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from edge.camera.counting import counted
from edge.camera.zones import Use, Zone
from edge.config import read_site
from models.detection import Detection, Region
from sensors.catalogue import Catalogue
from tests.edge.test_site_config import SOUND

Corners = tuple[tuple[float, float], ...]
LEFT: Corners = ((0, 0), (0.5, 0), (0.5, 1), (0, 1))
SHARES = st.floats(0, 1, width=32)


def zone(kind: str, points: Corners = LEFT) -> Zone:
    return Zone(kind=Use(kind), points=points)


def region(x: float, y: float = 0.4, width: float = 0.2, height: float = 0.2, score: float = 0.9) -> Region:
    return Region(x, y, width, height, score)


@st.composite
def triangles(draw: st.DrawFn) -> Corners:
    points = tuple((draw(SHARES), draw(SHARES)) for _ in range(3))
    (ax, ay), (bx, by), (cx, cy) = points
    assume(abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) > 0.01)
    return points


@st.composite
def regions(draw: st.DrawFn) -> Region:
    x, y = draw(st.floats(0, 0.9)), draw(st.floats(0, 0.9))
    width, height = draw(st.floats(0.01, 1 - x)), draw(st.floats(0.01, 1 - y))
    return Region(x, y, width, height, draw(st.floats(0, 1)))


def share(corners: Corners, one: Region, steps: int = 60) -> float:
    """The share of a region in a triangle, by counting points: another way than the code's."""
    (ax, ay), (bx, by), (cx, cy) = corners
    inside = 0
    for row in range(steps):
        for column in range(steps):
            x = one.x + one.width * (column + 0.5) / steps
            y = one.y + one.height * (row + 0.5) / steps
            sides = (
                (bx - ax) * (y - ay) - (by - ay) * (x - ax),
                (cx - bx) * (y - by) - (cy - by) * (x - bx),
                (ax - cx) * (y - cy) - (ay - cy) * (x - cx),
            )
            inside += all(side >= 0 for side in sides) or all(side <= 0 for side in sides)
    return inside / steps**2


@given(triangles(), regions())
def test_what_is_ignored_and_watched_agrees_with_counting_points(corners: Corners, one: Region) -> None:
    covered = share(corners, one)
    assume(abs(covered - 0.5) > 0.03 and abs(covered - 0.1) > 0.03)
    verdict = Detection(one.score, (one,))
    assert bool(counted(verdict, [zone("ignore", corners)]).regions) == (covered < 0.5)
    assert bool(counted(verdict, [zone("watch", corners)]).regions) == (covered >= 0.1)
    assert counted(verdict, [zone("blacken", corners)]) is verdict


@given(st.lists(regions(), max_size=6), triangles(), st.sampled_from(["watch", "ignore"]), st.floats(0, 1))
def test_zones_only_take_away_and_never_raise_a_score(
    found: list[Region], corners: Corners, kind: str, score: float
) -> None:
    verdict = Detection(score, tuple(sorted(found, key=lambda one: -one.score)))
    left = counted(verdict, [zone(kind, corners)])
    assert left.score <= verdict.score
    assert [one for one in verdict.regions if one in left.regions] == list(left.regions)
    assert counted(left, [zone(kind, corners)]).regions == left.regions


def test_only_what_is_watched_counts_and_of_that_not_what_is_ignored() -> None:
    verdict = Detection(0.8, (region(0.1, score=0.9), region(0.7, score=0.6)))
    assert counted(verdict, [zone("watch")]) == Detection(0.8, (verdict.regions[0],))
    assert counted(verdict, [zone("ignore")]) == Detection(0.6, (verdict.regions[1],))
    low = zone("ignore", ((0, 0.3), (0.5, 0.3), (0.5, 1), (0, 1)))
    assert counted(verdict, [zone("watch"), low]) == Detection(0.0, ())


def test_a_verdict_without_a_place_is_believed() -> None:
    assert counted(Detection(0.9), [zone("watch"), zone("ignore")]) == Detection(0.9)


def test_a_polygon_that_is_not_convex_has_its_hollow() -> None:
    hollow = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.7, 1.0), (0.7, 0.3), (0.3, 0.3), (0.3, 1.0), (0.0, 1.0))
    assert counted(Detection(0.9, (region(0.4, 0.5),)), [zone("ignore", hollow)]).regions
    assert not counted(Detection(0.9, (region(0.05, 0.5),)), [zone("ignore", hollow)]).regions


def faults(tmp_path: Path, *zones: str) -> dict[str, str]:
    path = tmp_path / "site.toml"
    path.write_text(SOUND + "".join(f"\n[[cameras.zones]]\n{text}\n" for text in zones), "utf-8")
    return {fault.key: fault.en for fault in read_site(path, Catalogue()).faults}


def test_a_site_file_has_zones(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(SOUND + '\n[[cameras.zones]]\nkind = "watch"\npoints = [[0, 0], [1, 0.5], [0.25, 1.0]]\n', "utf-8")
    file = read_site(path, Catalogue()).file
    assert file is not None
    assert file.cameras[0].zones == (zone("watch", ((0.0, 0.0), (1.0, 0.5), (0.25, 1.0))),)


def test_all_faults_of_all_zones_come_at_once(tmp_path: Path) -> None:
    told = faults(
        tmp_path,
        'kind = "hide"\npoints = [[0, 0], [1.5, 0], [0, -0.1]]',
        'kind = "watch"\npoints = [[0, 0], [1, 1]]',
        'kind = "watch"\npoints = [[0, 0], [0.5, 0.5], [1, 1]]',
        'kind = "blacken"\npoints = [[0, 0], [1, 1], [1, 0], [0, 1]]',
        'kind = "ignore"\npoints = [[0, 0], [1, nan], ["1", 1], [0, 1, 2]]',
        "polygon = 1",
    )
    at = "cameras[0].zones"
    assert {key.removeprefix(at) for key in told} == {
        "[0].kind",
        "[0].points[1][0]",
        "[0].points[2][1]",
        "[1].points",
        "[2].points",
        "[3].points",
        "[4].points[1][1]",
        "[4].points[2][0]",
        "[4].points[3]",
        "[5].kind",
        "[5].points",
        "[5].polygon",
    }
    assert told[f"{at}[1].points"] == "expected at least 3 item(s)"
    assert told[f"{at}[2].points"] == "the points lie on one line and enclose nothing"
    assert told[f"{at}[3].points"] == "sides cross each other: put the points in order"


@pytest.mark.parametrize("kind", ["watch", "ignore", "blacken"])
def test_sides_that_only_meet_do_not_cross(kind: str) -> None:
    assert zone(kind, ((0.2, 0.2), (0.8, 0.2), (0.5, 0.9))).kind == kind
