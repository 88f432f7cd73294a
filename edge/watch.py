"""The program `watch`: cameras, what they see, and the alarms that they raise."""

import logging
import threading
from pathlib import Path

from edge.alarms import SpoolSink
from edge.app import Ground, Parts, live
from edge.camera.camera import Camera, CameraSettings
from edge.config import Camera as CameraTable
from edge.config import SiteFile
from edge.spool.store import Spool
from edge.wire.messages import CameraState
from models.episode import EpisodeSettings
from models.fallback import Chosen, cards, first_sound
from sensors.clock import Clock

log = logging.getLogger(__name__)


def watch(file: SiteFile, stop: threading.Event) -> int:
    """Judge the cameras' frames, keep what they raise, and carry it to the gateway; the exit status."""

    def parts(ground: Ground) -> Parts:
        cameras = _cameras(file, ground.spool, ground.clock)
        services = [service for camera in cameras for service in camera.services]
        return Parts(services, cameras=lambda: tuple(_camera_state(camera) for camera in cameras))

    return live("watch", file, parts, stop)


def _cameras(file: SiteFile, spool: Spool, clock: Clock) -> list[Camera]:
    """All cameras with one detector between them; without cameras there is none to load."""
    if not file.cameras:
        return []
    sink = SpoolSink(spool)
    chosen = chosen_model(file.site.state / "model", sink, clock)
    judgement = EpisodeSettings(bar=chosen.card.facts.thresholds.picture)
    return [Camera(_settings(camera, judgement), chosen.detector, sink, clock) for camera in file.cameras]


def chosen_model(folder: Path, sink: SpoolSink, clock: Clock) -> Chosen:
    """The best sound model: installed in `folder`, before that, shipped. A refused one is an alarm; CardError: none."""
    chosen = first_sound(cards(folder))
    for fault in chosen.refused:
        log.error("model refused, %s goes on: %s", chosen.detector.name, fault)
    if chosen.refused:
        sink.model_refused(clock.now(), chosen.detector.name)
    return chosen


def _settings(table: CameraTable, judgement: EpisodeSettings) -> CameraSettings:
    return CameraSettings(
        table.name,
        table.source,
        every_s=table.every,
        loop=table.loop,
        episode=judgement,
        zones=table.zones,
        coloured=table.coloured,
    )


def _camera_state(camera: Camera) -> CameraState:
    health = camera.health()
    return CameraState(
        name=health.camera,
        frame_age_ms=health.frame_age_ms,
        judged=health.judged,
        skipped=health.overwritten,
        reconnects=health.reconnects,
        trouble=health.trouble or "",
    )
