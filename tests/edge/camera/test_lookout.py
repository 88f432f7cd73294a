"""From a view that can't be seen to an alarm with its picture, once, and to the judging that rests meanwhile."""

import hashlib
import logging
import threading
from pathlib import Path

import numpy as np
import pytest

from edge.alarms import SpoolSink
from edge.camera.camera import Camera, CameraSettings
from edge.camera.evidence import AlarmEvent, SightAlarm
from edge.camera.lookout import WORDS, Lookout
from edge.camera.newest import Newest, Shot
from edge.camera.sight import Ailment, Sight
from edge.camera.veil import Veil
from edge.camera.watch import WatchService
from edge.camera.zones import Use, Zone
from edge.spool.store import Spool
from edge.wire import messages
from hil.virtual import broken
from models.detection import Detection, Frame, Region
from models.episode import EpisodeSettings
from models.pictures import decode
from models.scripted import ScriptedDetector
from sensors.clock import HandClock
from tests.edge.camera.sight_kit import MIDNIGHT_MS, scene

EVERY_S = 5.0
WHOLE = Zone(kind=Use.IGNORE, points=((0, 0), (1, 0), (1, 1), (0, 1)))


class Bench:
    """A watch with a lookout before a scene, fed by hand."""

    def __init__(self, sink, detector=None, zones: tuple[Zone, ...] = ()) -> None:
        self.clock = HandClock(1000.0, MIDNIGHT_MS + 9 * 3_600_000, boot="b" * 36)
        self.newest, self.sink = Newest(), sink
        self.detector = detector or ScriptedDetector([0.0])
        self.lookout = Lookout("yard", self.newest, sink, Sight(EVERY_S), Veil(zones))
        settings = EpisodeSettings()
        self.watch = WatchService(
            "yard", self.newest, self.detector, sink, self.clock, EVERY_S, settings, zones, self.lookout
        )

    def sees(self, seconds: float, spoilt=lambda frame: frame) -> "Bench":
        for _ in range(round(seconds / EVERY_S)):
            shot = Shot(spoilt(scene().frame(self.clock.monotonic())), self.clock.now())
            self.newest.put(shot)
            self.newest.take(0)
            self.watch.judge(shot)
            self.clock.sleep(EVERY_S)
        return self


def test_one_alarm_with_the_picture_that_shows_it_and_one_when_it_is_over(collected, caplog) -> None:
    caplog.set_level(logging.INFO)
    Bench(collected).sees(30).sees(600, broken.covered).sees(60)
    (opened, picture), (closed, none) = collected.raised
    assert isinstance(opened, SightAlarm)
    assert (opened.ailment, opened.event, closed.event) == (Ailment.COVERED, AlarmEvent.OPENED, AlarmEvent.CLOSED)
    assert opened.episode == closed.episode == f"yard-covered-bbbbbbbb-{opened.at.mono_ms}"
    assert picture is not None
    assert none is None
    assert decode(picture.jpeg).std() < 20
    assert picture.episode == opened.episode
    words = [record.getMessage() for record in caplog.records]
    assert words == [f"camera yard: {WORDS[Ailment.COVERED]}", f"camera yard: over: {WORDS[Ailment.COVERED]}"]


def test_no_frame_has_no_picture(collected) -> None:
    bench = Bench(collected).sees(30)
    bench.clock.sleep(90)
    for _ in range(3):
        bench.lookout.waits(bench.clock.now())
    ((alarm, picture),) = collected.raised
    assert (alarm.ailment, picture) == (Ailment.NO_FRAME, None)
    assert bench.lookout.trouble == WORDS[Ailment.NO_FRAME]
    bench.sees(30)
    assert bench.lookout.trouble == ""


def test_a_watch_without_frames_tells_it_by_itself(collected) -> None:
    bench, stop = Bench(collected), threading.Event()

    def beat() -> None:
        bench.clock.sleep(30)
        if len(collected.raised) == 1:
            stop.set()

    bench.watch.run(stop, beat)
    assert collected.raised[0][0].ailment is Ailment.NO_FRAME


@pytest.mark.parametrize("spoilt", [broken.black, broken.covered])
def test_what_shows_nothing_is_not_judged_from_its_first_frame_on(collected, spoilt) -> None:
    bench = Bench(collected, ScriptedDetector([0.99])).sees(10).sees(120, spoilt)
    assert bench.watch.judged == bench.detector.judged == 2
    assert all(isinstance(alarm, SightAlarm) for alarm, _ in collected.raised)


def test_a_frozen_picture_is_not_judged_once_that_is_known(collected) -> None:
    bench = Bench(collected).sees(10)
    still = scene().frame(7.0)
    bench.sees(200, lambda frame: still)
    assert 12 <= bench.watch.judged - 2 <= 15


def test_a_camera_that_was_moved_still_shows_a_fire(collected) -> None:
    bench = Bench(collected, ScriptedDetector([0.0] * 30 + [0.9])).sees(30)
    bench.sees(180, lambda frame: broken.shifted(frame, 0.2))
    kinds = [type(alarm).__name__ for alarm, _ in collected.raised]
    assert kinds == ["SightAlarm", "SmokeAlarm"]


def test_smoke_that_burned_when_the_lens_was_covered_stays_open(collected) -> None:
    bench = Bench(collected, ScriptedDetector([0.9] * 6 + [0.0]))
    bench.sees(30).sees(300, broken.covered)
    assert bench.watch.open_episodes == 1


def test_smoke_in_a_zone_to_ignore_calls_nobody(collected) -> None:
    smoke = Detection(0.9, (Region(0.2, 0.2, 0.2, 0.2, 0.9),))
    bench = Bench(collected, ScriptedDetector([smoke]), (WHOLE,)).sees(60)
    assert (collected.raised, bench.watch.score) == ([], 0.0)


def test_what_a_zone_blackens_is_no_cover(collected) -> None:
    most = Zone(kind=Use.BLACKEN, points=((0, 0), (1, 0), (1, 0.7), (0, 0.7)))

    def veiled(frame: Frame) -> Frame:
        return Veil((most,)).over(frame)

    bench = Bench(collected, zones=(most,)).sees(120, veiled)
    assert collected.raised == []
    bench.sees(60, lambda frame: veiled(broken.covered(frame)))
    assert [alarm.ailment for alarm, _ in collected.raised] == [Ailment.COVERED]


def test_on_the_wire_it_is_an_alarm_of_the_camera(tmp_path: Path) -> None:
    clock = HandClock(wall_ms=1_790_000_000_000)
    spool = Spool(tmp_path / "watch.db", clock)
    bench = Bench(SpoolSink(spool))
    bench.sees(30).sees(45, broken.black)
    alarm, picture = [spool.body(one) for one in spool.waiting(10)]
    spool.close()
    assert isinstance(alarm, messages.Alarm)
    assert isinstance(picture, messages.Evidence)
    assert (alarm.kind, alarm.source, alarm.event) == ("camera-black", "yard", messages.Event.OPENED)
    assert (alarm.score, alarm.boxes, alarm.model) == (None, (), "")
    assert alarm.evidence == picture.sha256 == hashlib.sha256(picture.data).hexdigest()


def test_health_says_what_ails_the_view_and_a_folder_is_no_eye(collected, tmp_path: Path) -> None:
    clock = HandClock()
    for url, told in ((str(tmp_path), None), ("rtsp://127.0.0.1:9/x", WORDS[Ailment.NO_FRAME])):
        camera = Camera(CameraSettings("yard", url), ScriptedDetector([0.0]), collected, clock)
        watch = camera.services[1]
        watch._wait()
        clock.sleep(100)
        watch._wait()
        assert camera.health().trouble == told
    assert [alarm.ailment for alarm, _ in collected.raised] == [Ailment.NO_FRAME]


def test_every_ailment_has_words_in_both_languages() -> None:
    assert set(WORDS) == set(Ailment)
    assert all(np.all([" / " in words, words[0] > "\u4e00"]) for words in WORDS.values())
