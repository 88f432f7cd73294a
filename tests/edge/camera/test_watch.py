"""From frames to alarms: cadence, one alarm an episode, the judged frame as evidence."""

import threading
from itertools import pairwise

import numpy as np

from edge.camera.evidence import AlarmEvent
from edge.camera.newest import Newest, Shot
from edge.camera.watch import WatchService
from models.detection import Detection, Frame
from models.episode import EpisodeSettings
from models.pictures import decode
from models.scripted import ScriptedDetector
from sensors.clock import HandClock

EVERY_S = 5.0


class Bench:
    """A watch whose frames come at every beat, one grey level brighter each, by a clock that is turned."""

    def __init__(self, scripted, collected, scores: tuple[float, ...], camera: str = "field", boot: str = "b" * 36):
        self.clock = HandClock(100.0, boot=boot)
        self.newest, self.sink, self.frames = Newest(), collected, []
        answers = scripted(*scores)

        def answer(frame: Frame) -> Detection:
            self.frames.append(frame)
            return answers.detect(frame)

        detector = ScriptedDetector(answer, answers.name)
        self.watch = WatchService(camera, self.newest, detector, self.sink, self.clock, EVERY_S, EpisodeSettings())
        self.stop, self.judged_at, self._level = threading.Event(), [], 0

    def run(self, frames: int) -> "Bench":
        """Until so many frames were judged."""

        def beat() -> None:
            if self.watch.judged > len(self.judged_at):
                self.judged_at.append(self.clock.monotonic())
            if self.watch.judged >= frames:
                self.stop.set()
            self._level += 1
            self.newest.put(Shot(np.full((32, 48, 3), min(self._level, 255), np.uint8), self.clock.now()))

        beat()
        self.watch.run(self.stop, beat)
        return self

    @property
    def told(self):
        return [(alarm.event, alarm.episode) for alarm, _ in self.sink.raised]


def test_one_alarm_an_episode_however_long_it_smokes(scripted, collected) -> None:
    bench = Bench(scripted, collected, (0.0, 0.0, 0.9)).run(60)
    assert bench.told == [(AlarmEvent.OPENED, f"field-bbbbbbbb-{bench.sink.raised[0][0].at.mono_ms}-1")]
    assert bench.watch.open_episodes == 1


def test_an_episode_that_ends_is_told_under_its_name_without_a_picture(scripted, collected) -> None:
    bench = Bench(scripted, collected, (0.9, 0.9, 0.9, 0.95, 0.0)).run(40)
    (opened, first), (closed, last) = bench.sink.raised
    assert (opened.event, closed.event) == (AlarmEvent.OPENED, AlarmEvent.CLOSED)
    assert opened.episode == closed.episode
    assert first is not None
    assert last is None
    assert (closed.score, closed.regions) == (0.95, ())
    assert closed.at.mono_ms > opened.at.mono_ms
    assert bench.watch.open_episodes == 0


def test_the_picture_is_the_frame_that_was_judged_when_it_opened(scripted, collected) -> None:
    bench = Bench(scripted, collected, (0.0, 0.8, 0.8, 0.9)).run(10)
    alarm, evidence = bench.sink.raised[0]
    judged = bench.frames[3]
    assert np.abs(decode(evidence.jpeg).astype(int) - judged).max() <= 2
    assert np.abs(decode(evidence.jpeg).astype(int) - bench.frames[4]).max() > 2
    assert (evidence.width, evidence.height) == (48, 32)
    assert (evidence.episode, evidence.at) == (alarm.episode, alarm.at)
    assert (alarm.score, alarm.model, alarm.camera) == (0.9, "scripted-1", "field")
    assert [region.score for region in alarm.regions] == [0.9]


def test_two_episodes_have_two_names(scripted, collected) -> None:
    smoke, quiet = (0.9,) * 4, (0.0,) * 20
    bench = Bench(scripted, collected, smoke + quiet + smoke + quiet).run(48)
    names = [name for _, name in bench.told]
    assert len(names) == 4
    assert names[0] == names[1] != names[2] == names[3]


def test_names_differ_between_cameras_boots_and_restarts(scripted, collected) -> None:
    names = set()
    for camera, boot, quiet in (("a", "1" * 8, 0), ("b", "1" * 8, 0), ("a", "2" * 8, 0), ("a", "1" * 8, 1)):
        Bench(scripted, collected, (0.0,) * quiet + (0.9,), camera, boot).run(6)
        names.add(collected.raised[-1][0].episode)
    assert len(names) == 4


def test_frames_are_judged_at_the_cadence_and_the_newest_each_time(scripted, collected) -> None:
    bench = Bench(scripted, collected, (0.0,)).run(5)
    gaps = {round(later - sooner, 3) for sooner, later in pairwise(bench.judged_at)}
    assert gaps == {EVERY_S}
    levels = [int(frame[0, 0, 0]) for frame in bench.frames]
    assert levels == sorted(set(levels))
    assert bench.newest.overwritten > 20


def test_without_frames_it_waits_and_beats(scripted, collected) -> None:
    bench, beats = Bench(scripted, collected, (0.0,)), []

    def beat() -> None:
        beats.append(1)
        if len(beats) == 2:
            bench.stop.set()

    bench.watch.run(bench.stop, beat)
    assert (bench.watch.judged, bench.watch.score) == (0, None)
