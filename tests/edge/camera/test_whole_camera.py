"""A camera put together: from a folder or an address to alarms and health."""

from collections.abc import Callable
from pathlib import Path

import pytest

from edge.camera.camera import Camera, CameraSettings
from edge.camera.evidence import AlarmEvent
from edge.runtime.clock import SystemClock
from models.episode import EpisodeSettings
from models.pictures import decode

Run, Until = Callable[..., None], Callable[[Callable[[], object]], None]


def settings(url: str, loop: bool = True) -> CameraSettings:
    return CameraSettings("field", url, every_s=0.02, period_s=0.02, loop=loop, episode=EpisodeSettings())


def test_a_folder_with_smoke_becomes_one_alarm_with_a_picture(
    folder: Path, run: Run, until: Until, scripted, collected
) -> None:
    camera = Camera(settings(str(folder)), scripted(0.0, 0.0, 0.9), collected, SystemClock())
    run(*camera.services)
    until(lambda: camera.health().judged >= 15)
    ((alarm, evidence),) = collected.raised
    assert (alarm.event, alarm.camera) == (AlarmEvent.OPENED, "field")
    assert decode(evidence.jpeg).shape == (64, 96, 3)
    health = camera.health()
    assert (health.trouble, health.score, health.open_episodes, health.reconnects) == (None, 0.9, 1, 0)
    assert health.frame_age_ms is not None
    assert health.captured >= health.judged


def test_health_before_and_after_a_camera_that_is_not_there(run: Run, until: Until, scripted, collected) -> None:
    camera = Camera(settings("http://admin:geheim@127.0.0.1:9/stream"), scripted(0.0), collected, SystemClock())
    before = camera.health()
    assert (before.frame_age_ms, before.captured, before.trouble, before.score) == (None, 0, None, None)
    run(*camera.services)
    until(lambda: camera.health().trouble)
    health = camera.health()
    assert health.url == "http://***@127.0.0.1:9/stream"
    assert "geheim" not in repr(health)
    assert health.last_trouble == health.trouble
    assert "摄像头连不上" in str(health.trouble)


def test_services_have_names_of_their_own(scripted, collected, tmp_path: Path) -> None:
    camera = Camera(settings(str(tmp_path)), scripted(0.0), collected, SystemClock())
    assert [service.name for service in camera.services] == ["capture-field", "watch-field"]


def test_settings_do_not_show_their_password(scripted, collected) -> None:
    assert "geheim" not in repr(settings("rtsp://admin:geheim@cam/1"))
    with pytest.raises(ValueError, match="摄像头地址无法识别") as fault:
        Camera(settings("ftp://admin:geheim@cam/1"), scripted(0.0), collected, SystemClock())
    assert "geheim" not in str(fault.value)
