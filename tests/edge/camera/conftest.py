"""What the tests of cameras stand on: services that run as long as a test, a scripted detector, a list as sink."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
import pytest

from edge.camera.evidence import Evidence, SmokeAlarm
from models.detection import Detection, Frame, Region
from models.pictures import jpeg
from models.scripted import ScriptedDetector


class Service(Protocol):
    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None: ...


Run = Callable[..., None]
Until = Callable[[Callable[[], object]], None]


@pytest.fixture
def run() -> Iterator[Run]:
    """Call it with services: they run until the test ends, which then waits for them and fails if one stays."""
    stop, threads, faults = threading.Event(), [], []

    def live(service: Service) -> None:
        try:
            service.run(stop, lambda: None)
        except BaseException as fault:
            faults.append(fault)
            raise

    def start(*services: Service) -> None:
        for service in services:
            threads.append(threading.Thread(target=live, args=(service,)))
            threads[-1].start()

    yield start
    stop.set()
    for thread in threads:
        thread.join(15)
    assert not any(thread.is_alive() for thread in threads)
    assert faults == []


@pytest.fixture
def until() -> Until:
    """Call it with a condition: it waits for that, and fails after half a minute."""

    def wait(condition: Callable[[], object]) -> None:
        limit = time.monotonic() + 30
        while not condition():
            assert time.monotonic() < limit, "waited in vain"
            time.sleep(0.01)

    return wait


def smoke(score: float) -> Detection:
    """Smoke in the middle of the frame, or nothing anywhere."""
    return Detection(score, (Region(0.25, 0.25, 0.5, 0.5, score),) if score > 0.1 else ())


class Collected:
    """A sink that keeps everything in order."""

    def __init__(self) -> None:
        self.raised: list[tuple[SmokeAlarm, Evidence | None]] = []

    def raise_alarm(self, alarm: SmokeAlarm, evidence: Evidence | None) -> None:
        self.raised.append((alarm, evidence))


@pytest.fixture
def scripted() -> Callable[..., ScriptedDetector]:
    """Call it with scores: a detector that gives them one a frame, then the last one for ever."""
    return lambda *scores: ScriptedDetector([smoke(score) for score in scores], "scripted-1")


@pytest.fixture
def collected() -> Collected:
    return Collected()


def plain(level: int, width: int = 96, height: int = 64) -> Frame:
    """A frame of one grey, by which a test knows it again after JPEG."""
    return np.full((height, width, 3), level, np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four pictures: grey 40, 80, 120, 160."""
    for index, level in enumerate((40, 80, 120, 160)):
        (tmp_path / f"{index}.jpg").write_bytes(jpeg(plain(level), 95))
    return tmp_path
