"""Health: every minute, and at once on change; a file beside it for whoever stands at the box."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from edge.config import Site
from edge.health import HealthService, Sources, read_status, status_file
from edge.spool.store import Spool
from edge.wire.messages import CameraState, Health, InstrumentState, ServiceState
from sensors.clock import HandClock

PROBE = InstrumentState("probe", "b1", 500, 10, 0, 0, 0)


@dataclass
class Bench:
    """A program whose state can be turned by hand."""

    folder: Path
    clock: HandClock = field(default_factory=lambda: HandClock(wall_ms=1_790_000_000_000))
    connected: bool = True
    services: tuple[ServiceState, ...] = (ServiceState("bus b1", True, 0, 10),)
    instruments: tuple[InstrumentState, ...] = (PROBE,)
    cameras: tuple[CameraState, ...] = ()

    def __post_init__(self) -> None:
        self.spool = Spool(self.folder / "spool.db", self.clock)
        sources = Sources(lambda: self.services, lambda: self.connected, lambda: self.instruments, lambda: self.cameras)
        site = Site.model_construct(id="farm", state=self.folder, runtime=Path("/nowhere"))
        self.service = HealthService("sense", "1.2.3", sources, self.spool, site, self.clock)

    def told(self) -> list[Health]:
        bodies = [self.spool.body(one) for one in self.spool.waiting(1000)]
        return [body for body in bodies if isinstance(body, Health)]

    def seconds(self, count: int) -> None:
        for _ in range(count):
            self.service.turn()
            self.clock.sleep(1)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.spool.close()


def test_speaks_at_once_and_then_each_minute(bench: Bench) -> None:
    bench.seconds(121)
    assert [health.at.mono_ms for health in bench.told()] == [0, 60_000, 120_000]


def test_says_what_it_was_told(bench: Bench) -> None:
    bench.clock.sleep(5)
    bench.service.turn()
    health = bench.told()[0]
    assert (health.program, health.version, health.uptime_ms, health.connected) == ("sense", "1.2.3", 5000, True)
    assert health.instruments == (PROBE,)
    assert health.services[0].name == "bus b1"
    assert health.board.disk_free_mb is not None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("connected", False),
        ("services", (ServiceState("bus b1", True, 1, 10),)),
        ("services", (ServiceState("bus b1", False, 0, 10),)),
        ("instruments", (InstrumentState("probe", "b1", 500, 10, 1, 0, 0, "no-reply"),)),
        ("cameras", (CameraState("yard", None, 0, 0, 0, "no frame"),)),
    ],
)
def test_a_change_is_told_at_once(bench: Bench, name: str, value: object) -> None:
    bench.seconds(10)
    setattr(bench, name, value)
    bench.seconds(10)
    assert [health.at.mono_ms for health in bench.told()] == [0, 10_000]


def test_counters_that_move_all_the_time_are_no_change(bench: Bench) -> None:
    bench.seconds(5)
    bench.instruments = (InstrumentState("probe", "b1", 900, 11, 0, 0, 0),)
    bench.seconds(5)
    assert len(bench.told()) == 1


def test_the_file_is_there_for_status(bench: Bench) -> None:
    bench.service.turn()
    status = read_status(status_file(bench.folder, "sense"))
    assert status is not None
    assert status.instruments == (PROBE,)
    assert status_file(bench.folder, "sense").stat().st_mode & 0o777 == 0o644


def test_a_status_that_is_missing_or_damaged_is_none(tmp_path: Path) -> None:
    assert read_status(tmp_path / "nothing") is None
    (tmp_path / "damaged").write_bytes(b"\xc1")
    assert read_status(tmp_path / "damaged") is None


def test_a_status_folder_that_cannot_be_written_stops_nothing(bench: Bench) -> None:
    status_file(bench.folder, "sense").mkdir()
    bench.service.turn()
    assert len(bench.told()) == 1
