"""What is blackened is in no frame that anybody gets: not one pixel of it, and nothing of it in the JPEG's bytes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.camera.capture import CaptureService
from edge.camera.evidence import evidence_of
from edge.camera.newest import Newest, Shot
from edge.camera.veil import Veil
from edge.camera.zones import Use, Zone
from models.pictures import decode
from sensors.clock import HandClock
from tests.edge.camera.sight_kit import scene
from tests.edge.camera.test_capture import ENDED, Script

CORNER = ((0.6, 0.5), (1.0, 0.4), (1.0, 1.0), (0.55, 1.0))
CLOCK = HandClock()


def veil(*polygons: tuple[tuple[float, float], ...], kind: str = "blacken") -> Veil:
    return Veil(tuple(Zone(kind=Use(kind), points=points) for points in polygons))


def left_of_every_side(points: tuple[tuple[float, float], ...], width: int, height: int) -> np.ndarray:
    """Which pixels' centres are in a convex polygon: another way than the code's."""
    y, x = np.mgrid[0:height, 0:width] + 0.5
    inside = np.ones((height, width), bool)
    outside = np.ones((height, width), bool)
    for (ax, ay), (bx, by) in zip(points, (*points[1:], points[0]), strict=True):
        side = (bx - ax) * width * (y - ay * height) - (by - ay) * height * (x - ax * width)
        inside &= side >= 0
        outside &= side <= 0
    return inside | outside


@given(
    st.tuples(*[st.tuples(st.floats(0, 1), st.floats(0, 1))] * 3).filter(
        lambda t: abs((t[1][0] - t[0][0]) * (t[2][1] - t[0][1]) - (t[2][0] - t[0][0]) * (t[1][1] - t[0][1])) > 0.001
    ),
    st.integers(4, 90),
    st.integers(4, 90),
)
def test_every_pixel_in_the_polygon_is_black_and_those_far_from_it_are_not(points, width: int, height: int) -> None:
    veiled = veil(points).over(np.full((height, width, 3), 200, np.uint8))
    assert not veiled[left_of_every_side(points, width, height)].any()
    x, y = [x * width for x, _ in points], [y * height for _, y in points]
    far = np.ones((height, width), bool)
    far[
        max(0, int(min(y)) - 3) : int(max(y)) + 4,
        max(0, int(min(x)) - 3) : int(max(x)) + 4,
    ] = False
    assert (veiled[far] == 200).all()


def test_evidence_is_the_same_byte_for_byte_whatever_the_blackened_area_held() -> None:
    frame = scene(1).frame(0)
    inside = left_of_every_side(CORNER, 640, 360)
    other = frame.copy()
    other[inside] = np.random.default_rng(1).integers(0, 256, (int(inside.sum()), 3), np.uint8)
    one, two = (evidence_of(Shot(veil(CORNER).over(each), CLOCK.now()), "yard", "yard-1") for each in (frame, other))
    assert one.jpeg == two.jpeg
    shown = decode(one.jpeg)
    well_inside = inside & np.roll(inside, 16, 0) & np.roll(inside, 16, 1)
    assert shown[well_inside].max() <= 4
    assert np.abs(shown[:150, :300].astype(int) - frame[:150, :300]).mean() < 6


def test_capture_keeps_no_frame_that_is_not_veiled() -> None:
    frame, newest = np.full((40, 60, 3), 200, np.uint8), Newest()
    service = CaptureService("yard", Script([frame, ENDED]), newest, HandClock(), veil=veil(CORNER))
    service._drained(service._source.open(), FOREVER, lambda: None)
    shot = newest.take(0)
    assert shot is not None
    assert not shot.frame[30:, 40:].any()
    assert (shot.frame[:10] == 200).all()


class _Never:
    def is_set(self) -> bool:
        return False


FOREVER = _Never()


@pytest.mark.parametrize("kind", ["watch", "ignore"])
def test_other_zones_hide_nothing(kind: str) -> None:
    frame = np.full((40, 60, 3), 200, np.uint8)
    assert veil(CORNER, kind=kind).over(frame) is frame
    assert veil(CORNER, kind=kind).seen(60, 40).all()


def test_the_frame_itself_stays_as_it_came() -> None:
    frame = np.full((40, 60, 3), 200, np.uint8)
    assert not veil(CORNER).over(frame)[35, 50].any()
    assert (frame == 200).all()


def test_what_is_seen_of_a_scaled_picture_holds_nothing_of_the_zone() -> None:
    seen = veil(CORNER).seen(480, 272)
    assert not seen[left_of_every_side(CORNER, 480, 272)].any()
    assert 0.75 < seen.mean() < 0.8
