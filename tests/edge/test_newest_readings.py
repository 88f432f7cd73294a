"""What `sense` leaves for people to look at: the newest reading of every channel, and what is wrong."""

from pathlib import Path

import pytest

from edge.config import Site
from edge.newest import IN_MEMORY_S, ON_DISK_S, Newest, newest_file, read_newest
from sensors.clock import HandClock
from sensors.reading import GOOD, Flag, Quality, Reading, Reason


def reading(clock: HandClock, value: float | None = 7.0, channel: str = "ph", instrument: str = "pond") -> Reading:
    quality = GOOD if value is not None else Quality(Flag.MISSING, (Reason.NO_REPLY,))
    return Reading(instrument, channel, "[pH]", "w01001", value, quality, clock.now())


@pytest.fixture
def clock() -> HandClock:
    return HandClock(monotonic=500.0, wall_ms=1_795_000_000_000)


def made(folder: Path, clock: HandClock, *, in_memory: bool = True) -> Newest:
    runtime = folder / "run"
    if in_memory:
        runtime.mkdir()
    return Newest(Site.model_validate({"id": "farm-1", "state": str(folder), "runtime": str(runtime)}), clock)


def test_the_newest_of_every_channel_is_left(tmp_path: Path, clock: HandClock) -> None:
    newest = made(tmp_path, clock)
    newest.take([reading(clock, 7.0), reading(clock, 18.0, "temperature")], {"pond": ""})
    clock.sleep(30)
    newest.take([reading(clock, 7.2)], {"pond": ""})
    newest.leave()
    left = read_newest(tmp_path / "run")
    assert left is not None
    found = left.readings()
    assert {names: one.value for names, one in found.items()} == {("pond", "ph"): 7.2, ("pond", "temperature"): 18.0}
    assert found["pond", "ph"].at == clock.now()
    assert found["pond", "temperature"].at.mono_ms == clock.now().mono_ms - 30_000
    assert left.at == clock.now()


def test_trouble_is_told_and_forgotten_when_it_is_over(tmp_path: Path, clock: HandClock) -> None:
    newest = made(tmp_path, clock)
    newest.take([reading(clock, None)], {"pond": "no reply"})
    newest.leave()
    left = read_newest(tmp_path / "run")
    assert left is not None
    assert left.troubles == {"pond": "no reply"}
    assert left.readings()["pond", "ph"].quality.reasons == (Reason.NO_REPLY,)
    clock.sleep(IN_MEMORY_S)
    newest.take([reading(clock)], {"pond": ""})
    newest.leave()
    left = read_newest(tmp_path / "run")
    assert left is not None
    assert left.troubles == {}


@pytest.mark.parametrize(("in_memory", "pause"), [(True, IN_MEMORY_S), (False, ON_DISK_S)])
def test_it_is_written_now_and_then_and_a_card_is_spared(
    tmp_path: Path, clock: HandClock, in_memory: bool, pause: float
) -> None:
    newest = made(tmp_path, clock, in_memory=in_memory)
    newest.leave()
    first = clock.now()
    folder = tmp_path / "run" if in_memory else tmp_path
    clock.sleep(pause * 0.9)
    newest.leave()
    left = read_newest(folder)
    assert left is not None
    assert left.at == first
    clock.sleep(pause * 0.2)
    newest.leave()
    left = read_newest(folder)
    assert left is not None
    assert left.at == clock.now()


def test_a_place_that_cannot_be_written_stops_nothing(tmp_path: Path, clock: HandClock) -> None:
    newest = made(tmp_path, clock)
    (tmp_path / "run").rmdir()
    newest.take([reading(clock)], {})
    newest.leave()


@pytest.mark.parametrize("data", [None, b"", b"nonsense", b"\x93\xc0\xc0\xc0"])
def test_what_cannot_be_read_is_nothing(tmp_path: Path, data: bytes | None) -> None:
    if data is not None:
        newest_file(tmp_path).write_bytes(data)
    assert read_newest(tmp_path) is None
