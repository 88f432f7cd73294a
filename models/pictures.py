"""The only door to OpenCV: still pictures in and out, simple geometry, and video sources."""

import os
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.detection import Frame, Region


def decode(data: bytes) -> Frame:
    """The picture in an encoded file's bytes; ValueError where there is none."""
    frame = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    if frame is None:
        raise ValueError(f"{len(data)} bytes hold no picture that can be decoded")
    return np.asarray(frame, np.uint8)


def load(path: Path) -> Frame:
    """The picture in a file; OSError where it can't be read, ValueError where it holds no picture."""
    try:
        return decode(path.read_bytes())
    except ValueError as fault:
        raise ValueError(f"{path}: {fault}") from fault


def jpeg(frame: Frame, quality: int = 85) -> bytes:
    """The frame as JPEG, quality 1-100."""
    done, data = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError(f"a frame of shape {frame.shape} could not be encoded as JPEG")
    return bytes(data.tobytes())


def resized(frame: Frame, width: int, height: int) -> Frame:
    """The frame at another size; shrinking averages areas, growing interpolates."""
    shrinks = width < frame.shape[1] or height < frame.shape[0]
    return np.asarray(
        cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR), np.uint8
    )


def blurred(frame: Frame, sigma: float) -> Frame:
    """The frame (or a single channel) smoothed by a Gaussian of `sigma` pixels."""
    return np.asarray(cv2.GaussianBlur(frame, (0, 0), sigma), np.uint8)


def warped(frame: Frame, matrix: NDArray[np.float32], width: int, height: int) -> Frame:
    """The frame (or a single channel) under a 2 x 3 affine map from old to new pixels; black where nothing maps."""
    return np.asarray(cv2.warpAffine(frame, matrix, (width, height), flags=cv2.INTER_LINEAR), np.uint8)


FINER = 4
"""So many times as fine polygons are drawn as they are needed: cv2 leaves out slim tips between two centres."""


def outside(polygons: Sequence[Sequence[tuple[float, float]]], width: int, height: int) -> NDArray[np.uint8]:
    """255 for each pixel of a frame of this size that no polygon touches (corners right and down in shares), else 0."""
    fine = np.zeros((height * FINER, width * FINER), np.uint8)
    for polygon in polygons:
        corners = np.round(np.array(polygon) * (width, height) * FINER).astype(np.int32)
        cv2.fillPoly(fine, [corners], 255)
    black = np.ascontiguousarray(fine.reshape(height, FINER, width, FINER).max(axis=(1, 3)))
    # A pixel more each way: what is slimmer than the finer pixels passes between them.
    return np.asarray(255 - cv2.dilate(black, np.ones((3, 3), np.uint8)), np.uint8)


def use_threads(count: int) -> None:
    """How many threads OpenCV may use in this process; 0 means none beside the caller's."""
    cv2.setNumThreads(count)


def with_regions(frame: Frame, regions: tuple[Region, ...]) -> Frame:
    """A copy with each region outlined; the frame itself stays as it was judged."""
    drawn = frame.copy()
    height, width = frame.shape[:2]
    for region in regions:
        corner = round(region.x * width), round(region.y * height)
        far = round((region.x + region.width) * width), round((region.y + region.height) * height)
        cv2.rectangle(drawn, corner, far, (0, 0, 255), max(2, width // 400))
    return drawn


class Video:
    """A moving picture that OpenCV can open: a file, an RTSP address, a V4L2 device. One thread at a time.

    Every open and read ends by itself, but cv2 may answer a read that timed out with an old frame (measured twice in
    a row with OpenCV 5 on a hung RTSP server): the caller judges staleness by a clock of its own.
    """

    def __init__(self, capture: cv2.VideoCapture) -> None:
        self._capture = capture

    @staticmethod
    def opened(source: str | int, open_s: float = 10.0, read_s: float = 5.0) -> "Video | None":
        """The source (address, path or V4L2 device number) with time-outs in seconds; None where it won't open."""
        # cv2 reads this when it opens. Without it RTSP takes 5.5 s and delivers 24 stale frames; files don't mind.
        os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = "rtsp_transport;tcp|analyzeduration;0|probesize;32"
        os.environ["OPENCV_FFMPEG_LOGLEVEL"] = "-8"  # quiet: what fails is told by values, once, and in our words
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
        if isinstance(source, int):
            capture = cv2.VideoCapture(source, cv2.CAP_V4L2)
        else:
            limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, round(open_s * 1000)]
            limits += [cv2.CAP_PROP_READ_TIMEOUT_MSEC, round(read_s * 1000)]
            capture = cv2.VideoCapture(source, cv2.CAP_FFMPEG, limits)
        if capture.isOpened():
            return Video(capture)
        capture.release()
        return None

    @property
    def fps(self) -> float:
        """Frames per second as the source says, 0.0 where it doesn't."""
        return float(self._capture.get(cv2.CAP_PROP_FPS))

    def read(self) -> Frame | None:
        """The next frame; None where none came in time or there are no more."""
        came, frame = self._capture.read()
        return np.asarray(frame, np.uint8) if came and frame is not None else None

    def close(self) -> None:
        """Let go of the source."""
        self._capture.release()


def write_video(path: Path, frames: list[Frame], fps: float = 5.0) -> None:
    """A film of frames of one size, as Motion JPEG in an .avi; OSError where it can't be written."""
    height, width = frames[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), fps, (width, height))
    if not writer.isOpened():
        raise OSError(f"{path}: no film can be written there")
    for frame in frames:
        writer.write(frame)
    writer.release()
