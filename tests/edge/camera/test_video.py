"""Video files and devices as cameras; live sources are in test_rtsp and test_web."""

from pathlib import Path

import numpy as np
import pytest

from edge.camera.address import parsed
from edge.camera.source import Cause, Feed, Trouble
from edge.camera.video import LiveFeed, VideoSource
from models.detection import Frame
from models.pictures import Video, write_video
from sensors.clock import HandClock

LEVELS = (40, 80, 120)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.avi"
    write_video(path, [np.full((64, 96, 3), level, np.uint8) for level in LEVELS], fps=4.0)
    return path


def opened(path: Path, loop: bool) -> Feed:
    feed = VideoSource(parsed(str(path)), HandClock(), loop).open()
    assert not isinstance(feed, Trouble)
    return feed


def levels(feed: Feed, count: int) -> list[int | Cause]:
    frames = [feed.read() for _ in range(count)]
    return [frame.cause if isinstance(frame, Trouble) else round(float(frame.mean()), -1) for frame in frames]


def test_a_film_plays_once_at_its_own_pace(film: Path) -> None:
    feed = opened(film, loop=False)
    assert feed.period_s == 0.25
    assert levels(feed, 5) == [40, 80, 120, Cause.ENDED, Cause.ENDED]
    feed.close()


def test_a_looped_film_goes_on_with_its_first_frame(film: Path) -> None:
    feed = opened(film, loop=True)
    assert levels(feed, 7) == [40, 80, 120, 40, 80, 120, 40]
    feed.close()


def test_a_looped_film_that_is_gone_ends(film: Path) -> None:
    feed = opened(film, loop=True)
    film.unlink()
    assert levels(feed, 4) == [40, 80, 120, Cause.ENDED]
    feed.close()


@pytest.mark.parametrize("source", ["gone.mp4", "/dev/video63", "rtsp://admin:geheim@127.0.0.1:9/main"])
def test_what_does_not_open_is_trouble_without_secrets(source: str, capfd: pytest.CaptureFixture[str]) -> None:
    trouble = VideoSource(parsed(source), HandClock(), loop=True).open()
    assert isinstance(trouble, Trouble)
    assert trouble.cause is Cause.UNREACHABLE
    assert "摄像头打不开 / camera can't be opened" in trouble.detail
    assert "geheim" not in trouble.detail
    assert "geheim" not in "".join(capfd.readouterr())


def test_a_file_that_is_no_film_is_trouble(tmp_path: Path) -> None:
    path = tmp_path / "notes.mp4"
    path.write_text("no film")
    assert isinstance(VideoSource(parsed(str(path)), HandClock(), loop=False).open(), Trouble)


class Stuck(Video):
    """A video whose reads take long and then repeat an old frame, as cv2 does with a hung server."""

    def __init__(self, clock: HandClock, takes_s: float, frame: Frame | None) -> None:
        self._clock, self._takes_s, self._frame = clock, takes_s, frame

    def read(self) -> Frame | None:
        self._clock.sleep(self._takes_s)
        return self._frame


@pytest.mark.parametrize("frame", [np.zeros((2, 2, 3), np.uint8), None])
def test_a_frame_that_took_the_whole_time_out_is_not_believed(frame: Frame | None) -> None:
    clock = HandClock()
    trouble = LiveFeed(parsed("rtsp://cam/1"), Stuck(clock, 2.0, frame), clock, read_s=2.0).read()
    assert isinstance(trouble, Trouble)
    assert trouble.cause is Cause.SILENT
    assert "2 秒没有画面" in trouble.detail


def test_a_live_source_without_a_frame_broke_off_and_one_with_it_did_not() -> None:
    clock, frame = HandClock(), np.zeros((2, 2, 3), np.uint8)
    address = parsed("rtsp://cam/1")
    assert LiveFeed(address, Stuck(clock, 0.1, frame), clock, read_s=2.0).read() is frame
    trouble = LiveFeed(address, Stuck(clock, 0.1, None), clock, read_s=2.0).read()
    assert isinstance(trouble, Trouble)
    assert "视频流中断" in trouble.detail
