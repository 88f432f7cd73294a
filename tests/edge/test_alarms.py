"""An alarm and its picture: one commit, and on the wire the very bytes that were judged."""

import hashlib
from pathlib import Path

from edge.alarms import SpoolSink
from edge.camera.evidence import AlarmEvent, Evidence, SmokeAlarm
from edge.spool.store import Spool
from edge.wire import messages
from models.detection import Region
from sensors.clock import HandClock

CLOCK = HandClock(wall_ms=1_790_000_000_000)
JPEG = b"\xff\xd8 a picture \xff\xd9"
SHA256 = hashlib.sha256(JPEG).hexdigest()
ALARM = SmokeAlarm("yard", "yard-1", AlarmEvent.OPENED, CLOCK.now(), 0.91, (Region(0.1, 0.2, 0.3, 0.4, 0.9),), "grid")
PICTURE = Evidence("yard", "yard-1", CLOCK.now(), JPEG, SHA256, 640, 360)


def kept(folder: Path, alarm: SmokeAlarm, evidence: Evidence | None) -> list[messages.Body]:
    spool = Spool(folder / "spool.db", CLOCK)
    SpoolSink(spool).raise_alarm(alarm, evidence)
    bodies = [spool.body(one) for one in spool.waiting(10)]
    spool.close()
    return bodies


def test_alarm_goes_before_its_picture_and_names_it(tmp_path: Path) -> None:
    alarm, picture = kept(tmp_path, ALARM, PICTURE)
    assert isinstance(alarm, messages.Alarm)
    assert (alarm.kind, alarm.source, alarm.episode, alarm.event) == ("smoke", "yard", "yard-1", "opened")
    assert (alarm.score, alarm.model, alarm.evidence) == (0.91, "grid", SHA256)
    assert alarm.boxes == (messages.Box(0.1, 0.2, 0.3, 0.4, 0.9),)
    assert isinstance(picture, messages.Evidence)
    assert (picture.data, picture.sha256, picture.width, picture.height) == (JPEG, SHA256, 640, 360)


def test_a_closing_has_no_picture(tmp_path: Path) -> None:
    closed = SmokeAlarm("yard", "yard-1", AlarmEvent.CLOSED, CLOCK.now(), 0.95, (), "grid")
    (alarm,) = kept(tmp_path, closed, None)
    assert isinstance(alarm, messages.Alarm)
    assert (alarm.event, alarm.evidence, alarm.boxes) == (messages.Event.CLOSED, None, ())
