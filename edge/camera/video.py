"""RTSP, USB and video files as cameras."""

from edge.camera.address import Address, Kind
from edge.camera.source import Cause, Feed, Trouble
from models.detection import Frame
from models.pictures import Video
from sensors.clock import Clock

OPEN_S, READ_S = 10.0, 5.0


class VideoSource:
    """Anything that is played by its address. A file is played at its own pace, once or for ever."""

    def __init__(self, address: Address, clock: Clock, loop: bool, read_s: float = READ_S) -> None:
        self._address = address
        self._clock = clock
        self._loop = loop
        self._read_s = read_s

    @property
    def shown(self) -> str:
        """The address without secrets."""
        return self._address.shown

    def open(self) -> Feed | Trouble:
        """Connect, or open the device or file."""
        video = _opened(self._address, self._read_s)
        if video is None:
            return Trouble(Cause.UNREACHABLE, f"摄像头打不开 / camera can't be opened: {self.shown}")
        if self._address.kind is Kind.PATH:
            return FilmFeed(self._address, video, self._loop)
        return LiveFeed(self._address, video, self._clock, self._read_s)


class LiveFeed:
    """A camera that sends by itself."""

    period_s = 0.0

    def __init__(self, address: Address, video: Video, clock: Clock, read_s: float) -> None:
        self._address = address
        self._video = video
        self._clock = clock
        self._read_s = read_s

    def read(self) -> Frame | Trouble:
        """The next frame; what took as long as the time-out is an old one, which cv2 repeats when a server hangs."""
        began = self._clock.monotonic()
        frame = self._video.read()
        if self._clock.monotonic() - began >= self._read_s:
            what = f"{self._read_s:.0f} 秒没有画面 / no frame for that many seconds"
            return Trouble(Cause.SILENT, f"{what}: {self._address.shown}")
        if frame is None:
            return Trouble(Cause.SILENT, f"视频流中断 / the stream broke off: {self._address.shown}")
        return frame

    def close(self) -> None:
        """Disconnect."""
        self._video.close()


class FilmFeed:
    """A video file, played at the pace that it says."""

    def __init__(self, address: Address, video: Video, loop: bool) -> None:
        self.period_s = 1 / video.fps if 0.01 < video.fps < 240 else 0.2
        self._address = address
        self._video = video
        self._loop = loop

    def read(self) -> Frame | Trouble:
        """The next frame; a looped film goes on with its first."""
        frame = self._video.read()
        if frame is None and self._loop and (again := _opened(self._address, READ_S)):
            self._video.close()
            self._video = again
            frame = again.read()
        if frame is None:
            return Trouble(Cause.ENDED, f"视频已播完 / the film is over: {self._address.shown}")
        return frame

    def close(self) -> None:
        """Close the file."""
        self._video.close()


def _opened(address: Address, read_s: float) -> Video | None:
    usb = address.kind is Kind.USB
    return Video.opened(address.device if usb else address.url, OPEN_S, read_s)
