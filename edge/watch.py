"""The program `watch`: cameras, what they see, and the alarms that they raise."""

import threading

from edge.alarms import SpoolSink
from edge.app import Parts, live
from edge.camera.camera import Camera, CameraSettings
from edge.config import Camera as CameraTable
from edge.config import SiteFile
from edge.spool.store import Spool
from edge.wire.messages import CameraState
from models.card import shipped
from models.detection import Detector
from models.ort import OnnxDetector
from sensors.clock import Clock


def watch(file: SiteFile, stop: threading.Event) -> int:
    """Judge the cameras' frames, keep what they raise, and carry it to the gateway; the exit status."""

    def parts(spool: Spool, clock: Clock) -> Parts:
        detector = OnnxDetector(shipped()) if file.cameras else None
        cameras = [_camera(camera, detector, spool, clock) for camera in file.cameras if detector]
        services = [service for camera in cameras for service in camera.services]
        return Parts(services, cameras=lambda: tuple(_camera_state(camera) for camera in cameras))

    return live("watch", file, parts, stop)


def _camera(table: CameraTable, detector: Detector, spool: Spool, clock: Clock) -> Camera:
    settings = CameraSettings(table.name, table.source, every_s=table.every, loop=table.loop)
    return Camera(settings, detector, SpoolSink(spool), clock)


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
