"""A camera on a bad line: a hundred reconnects, and nothing is left of them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from edge.camera.address import parsed
from edge.camera.capture import CaptureService, source_of
from edge.camera.newest import Newest
from edge.camera.source import Source, Trouble
from edge.camera.video import VideoSource
from edge.runtime.backoff import Backoff
from edge.runtime.clock import SystemClock
from hil.virtual.camera import VirtualCamera
from models.pictures import jpeg, write_video
from sensors.clock import HandClock

TIMES = 100
PICTURE = jpeg(np.full((48, 64, 3), 90, np.uint8))


def open_files() -> int:
    """How many file descriptors this process holds."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_a_stream_that_breaks_off_again_and_again(
    run: Callable[..., None], until: Callable[[Callable[[], object]], None]
) -> None:
    with VirtualCamera(lambda t: PICTURE, "127.0.0.1", 0, fps=200.0) as camera:
        camera.breaks_after(1)
        clock, newest = SystemClock(), Newest()
        source = source_of(parsed(camera.url), clock, 1.0, loop=False)
        service = CaptureService("field", source, newest, clock, Backoff(first=0.001, longest=0.002))
        run(service)
        until(lambda: service.reconnects >= 10)
        before = open_files()
        until(lambda: service.reconnects >= 10 + TIMES)
        assert newest.captured >= TIMES
        assert open_files() <= before + 6  # the server's threads hold some for a moment


def test_a_hundred_stills() -> None:
    with VirtualCamera(lambda t: PICTURE, "127.0.0.1", 0, fps=200.0) as camera:
        source = source_of(parsed(camera.snapshot_url), SystemClock(), 0.001, loop=False)
        assert taken(source, 3) == 3
        before = open_files()
        assert taken(source, TIMES) == TIMES
        assert open_files() <= before + 2


def taken(source: Source, times: int) -> int:
    """Open, read once, close, so many times; how many frames came."""
    frames = 0
    for _ in range(times):
        feed = source.open()
        assert not isinstance(feed, Trouble)
        frames += not isinstance(feed.read(), Trouble)
        feed.close()
    return frames


def test_a_film_opened_a_hundred_times(tmp_path: Path) -> None:
    film = tmp_path / "film.avi"
    write_video(film, [np.full((48, 64, 3), level, np.uint8) for level in (40, 80)])
    source = VideoSource(parsed(str(film)), HandClock(), loop=False)
    assert taken(source, 3) == 3
    before = open_files()
    assert taken(source, TIMES) == TIMES
    assert open_files() == before


def test_what_cannot_be_opened_leaves_nothing_either() -> None:
    source = VideoSource(parsed("rtsp://127.0.0.1:9/x"), HandClock(), loop=False)
    assert isinstance(source.open(), Trouble)
    before = open_files()
    for _ in range(TIMES):
        assert isinstance(source.open(), Trouble)
    assert open_files() == before
