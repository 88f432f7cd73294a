"""The judging loop: newest frame, detector, judgement over time, alarm with its picture."""

import logging
import threading
from collections.abc import Callable

from edge.camera.counting import counted
from edge.camera.evidence import AlarmEvent, AlarmSink, SmokeAlarm, evidence_of
from edge.camera.lookout import Lookout
from edge.camera.newest import Newest, Shot
from edge.camera.pause import SLICE_S, pause
from edge.camera.zones import Zone
from models.detection import Detector
from models.episode import Closed, EpisodeEvent, Episodes, EpisodeSettings, Opened
from sensors.clock import Clock
from sensors.reading import Stamp

log = logging.getLogger(__name__)


class WatchService:
    """Judges one camera's newest frame every `every_s` seconds."""

    def __init__(
        self,
        camera: str,
        newest: Newest,
        detector: Detector,
        sink: AlarmSink,
        clock: Clock,
        every_s: float,
        settings: EpisodeSettings,
        zones: tuple[Zone, ...] = (),
        lookout: Lookout | None = None,
    ) -> None:
        """Without `lookout` every frame is judged, whatever it shows."""
        self.name = f"watch-{camera}"
        self._camera = camera
        self._newest = newest
        self._detector = detector
        self._sink = sink
        self._clock = clock
        self._every_s = every_s
        self._episodes = Episodes(settings)
        self._zones = zones
        self._lookout = lookout
        self.judged = 0
        self.score: float | None = None

    @property
    def open_episodes(self) -> int:
        """How many episodes are open."""
        return self._episodes.open

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Until told to stop. Without frames there is nothing to judge; capture says why."""
        while not stop.is_set():
            shot = self._newest.take(SLICE_S)
            beat()
            if shot is None:
                self._wait()
                continue
            began = self._clock.monotonic()
            self.judge(shot)
            beat()
            pause(began + self._every_s - self._clock.monotonic(), self._clock, stop, beat)

    def judge(self, shot: Shot) -> None:
        """One frame from the detector to, perhaps, an alarm; one with nothing in it leaves all episodes as they are."""
        if self._lookout is not None and not self._lookout.sees(shot):
            return
        verdict = counted(self._detector.detect(shot.frame), self._zones)
        for event in self._episodes.step(verdict, shot.at.mono_ms):
            self._tell(event, shot)
        self.judged += 1
        self.score = verdict.score

    def _wait(self) -> None:
        if self._lookout is not None:
            self._lookout.waits(self._clock.now())

    def _tell(self, event: EpisodeEvent, shot: Shot) -> None:
        if isinstance(event, Opened):
            episode = episode_name(self._camera, shot.at, event.at_ms, event.number)
            log.warning("camera %s: smoke, episode %s, score %.2f", self._camera, episode, event.score)
            alarm = SmokeAlarm(
                self._camera, episode, AlarmEvent.OPENED, shot.at, event.score, event.regions, self._detector.name
            )
            self._sink.raise_alarm(alarm, evidence_of(shot, self._camera, episode))
        if isinstance(event, Closed):
            episode = episode_name(self._camera, shot.at, event.opened_ms, event.number)
            log.info("camera %s: episode %s is over, peak %.2f", self._camera, episode, event.peak)
            alarm = SmokeAlarm(self._camera, episode, AlarmEvent.CLOSED, shot.at, event.peak, (), self._detector.name)
            self._sink.raise_alarm(alarm, None)


def episode_name(camera: str, at: Stamp, opened_ms: int, number: int) -> str:
    """The same name at opening and closing; the moment since boot keeps restarts of the program apart."""
    return f"{camera}-{at.boot[:8]}-{opened_ms}-{number}"
