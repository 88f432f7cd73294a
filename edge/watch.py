"""The program `watch`: cameras, what they see, and the alarms that they raise."""

import threading

from edge.alarms import SpoolSink
from edge.app import Ground, Parts, live
from edge.camera.camera import Camera, CameraSettings
from edge.config import Camera as CameraTable
from edge.config import SiteFile
from edge.spool.store import Spool
from edge.wire.messages import CameraState
from models.card import shipped
from models.episode import EpisodeSettings
from models.ort import OnnxDetector
from sensors.clock import Clock


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
    card, sink = shipped(), SpoolSink(spool)
    detector, judgement = OnnxDetector(card), EpisodeSettings(bar=card.facts.thresholds.picture)
    return [Camera(_settings(camera, judgement), detector, sink, clock) for camera in file.cameras]


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
