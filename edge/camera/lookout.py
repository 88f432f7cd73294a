"""A camera's eyesight at work: looks at what is judged, and raises an alarm when the camera can't see."""

import logging

from edge.camera.evidence import AlarmEvent, AlarmSink, SightAlarm, evidence_of
from edge.camera.look import HEIGHT, WIDTH, Mask, looked
from edge.camera.newest import Newest, Shot
from edge.camera.sight import Ailment, Change, Sight
from edge.camera.veil import Veil
from models.pictures import resized
from sensors.reading import Stamp

log = logging.getLogger(__name__)

WORDS = {
    Ailment.NO_FRAME: "没有画面 / no frames come",
    Ailment.LOST_FRAMES: "画面严重不足 / far too few frames come",
    Ailment.FROZEN: "画面静止不变 / the picture is frozen",
    Ailment.BLACK: "画面全黑 / the picture is black",
    Ailment.COVERED: "镜头被遮挡 / the lens is covered",
    Ailment.BLURRED: "失焦或镜头脏污 / out of focus, or dirt on the lens",
    Ailment.MOVED: "镜头方向已变 / the camera was moved",
    Ailment.NIGHT_MODE: "白天仍为夜视模式 / stuck in night mode by day",
}


class Lookout:
    """One camera's; used by the thread that judges its frames, asked from any."""

    def __init__(self, camera: str, newest: Newest, sink: AlarmSink, sight: Sight, veil: Veil) -> None:
        """What `veil` blackens counts for nothing."""
        self._camera = camera
        self._newest = newest
        self._sink = sink
        self._sight = sight
        self._seen: Mask = veil.seen(WIDTH, HEIGHT)

    @property
    def trouble(self) -> str:
        """What ails the view, in Chinese and English; empty where nothing does."""
        return "; ".join(WORDS[ailment] for ailment in self._sight.ailing)

    def sees(self, shot: Shot) -> bool:
        """Look at a frame; False where there is nothing in it to judge."""
        look = looked(resized(shot.frame, WIDTH, HEIGHT), self._seen)
        for change in self._sight.looked(look, shot.at, self._newest.captured):
            self._tell(change, shot.at, shot)
        return not self._sight.blind

    def waits(self, now: Stamp) -> None:
        """No frame came by now."""
        for change in self._sight.waited(now):
            self._tell(change, now, None)

    def _tell(self, change: Change, at: Stamp, shot: Shot | None) -> None:
        episode = f"{self._camera}-{change.ailment}-{at.boot[:8]}-{change.opened_ms}"
        event = AlarmEvent.OPENED if change.began else AlarmEvent.CLOSED
        words = WORDS[change.ailment]
        if change.began:
            log.warning("camera %s: %s", self._camera, words)
        else:
            log.info("camera %s: over: %s", self._camera, words)
        shown = shot is not None and change.began and change.ailment is not Ailment.NO_FRAME
        picture = evidence_of(shot, self._camera, episode) if shot is not None and shown else None
        self._sink.raise_alarm(SightAlarm(self._camera, change.ailment, episode, event, at), picture)
