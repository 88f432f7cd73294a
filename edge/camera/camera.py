"""One camera put together: capture, watch, and how both are."""

from dataclasses import dataclass, field

from edge.camera.address import Kind, parsed
from edge.camera.capture import CaptureService, source_of
from edge.camera.evidence import AlarmSink
from edge.camera.lookout import Lookout
from edge.camera.newest import Newest
from edge.camera.sight import Sight
from edge.camera.veil import Veil
from edge.camera.watch import WatchService
from edge.camera.zones import Zone
from models.detection import Detector
from models.episode import EpisodeSettings
from sensors.clock import Clock


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """What the site file says of a camera.

    `url`: rtsp(s)://, http(s):// (Motion JPEG or one JPEG a request), usb:N, /dev/videoN, a film, a folder of pictures.
    A frame is judged every `every_s` seconds. `period_s`, seconds from still to still, holds for a folder and for a
    web camera that gives one JPEG a request. `loop`: a film or folder begins again at its end. `coloured` is False
    for a camera that never shows colour.
    """

    name: str
    url: str = field(repr=False)
    every_s: float = 5.0
    period_s: float = 1.0
    loop: bool = True
    episode: EpisodeSettings = field(default_factory=EpisodeSettings)
    zones: tuple[Zone, ...] = ()
    coloured: bool = True


@dataclass(frozen=True, slots=True)
class CameraHealth:
    """How a camera is; counters since the program started. `trouble` is None while frames come that show
    something, `score` the last one.

    `overwritten` frames were never judged, because newer ones came: at a slow cadence that is most of them.
    """

    camera: str
    url: str
    frame_age_ms: int | None
    captured: int
    judged: int
    overwritten: int
    reconnects: int
    trouble: str | None
    last_trouble: str | None
    score: float | None
    open_episodes: int


class Camera:
    """Two services that meet at the newest frame."""

    def __init__(self, settings: CameraSettings, detector: Detector, sink: AlarmSink, clock: Clock) -> None:
        """ValueError, in Chinese and English, where the address is none."""
        address = parsed(settings.url)
        self.name = settings.name
        self._shown = address.shown
        self._clock = clock
        self._newest = Newest()
        source = source_of(address, clock, settings.period_s, settings.loop)
        veil = Veil(settings.zones)
        self._capture = CaptureService(settings.name, source, self._newest, clock, veil=veil)
        # What is played from a disk stands still, jumps and ends as it likes: that is no camera's trouble.
        played, sight = address.kind is Kind.PATH, Sight(settings.every_s, settings.coloured)
        self._lookout = None if played else Lookout(settings.name, self._newest, sink, sight, veil)
        self._watch = WatchService(
            settings.name,
            self._newest,
            detector,
            sink,
            clock,
            settings.every_s,
            settings.episode,
            settings.zones,
            self._lookout,
        )

    @property
    def services(self) -> tuple[CaptureService, WatchService]:
        """What the supervisor is to run."""
        return self._capture, self._watch

    def health(self) -> CameraHealth:
        """A picture of this moment, from any thread."""
        last = self._newest.last_at
        blindness = self._lookout.trouble if self._lookout else ""
        trouble, before = self._capture.trouble, self._capture.last_trouble
        return CameraHealth(
            camera=self.name,
            url=self._shown,
            frame_age_ms=self._clock.now().mono_ms - last.mono_ms if last else None,
            captured=self._newest.captured,
            judged=self._watch.judged,
            overwritten=self._newest.overwritten,
            reconnects=self._capture.reconnects,
            trouble=trouble.detail if trouble else blindness or None,
            last_trouble=before.detail if before else None,
            score=self._watch.score,
            open_episodes=self._watch.open_episodes,
        )
