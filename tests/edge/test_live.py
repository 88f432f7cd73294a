"""`luxi live`: the whole site as its programs left it, in words and for scripts, and `luxi upkeep` beside it."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from commission_kit import NOW_MS, luxi, profile
from rich.console import Console

from edge.config import Site, SiteFile, read_site
from edge.health import status_file
from edge.live import STALE_S, Viewer, pictured, plain
from edge.newest import Newest
from edge.runtime.clock import SystemClock
from edge.runtime.replace import replace
from edge.table import Stood, age_s, rows, stood
from edge.upkeep import Book, Window
from edge.wire.messages import Board, CameraState, Depth, Health
from sensors.catalogue import Catalogue
from sensors.clock import Clock, HandClock
from sensors.reading import GOOD, ClockState, Flag, Quality, Reading, Reason, Stamp

SITE = """\
[site]
id = "farm-1"
name = "东塘"
state = "state"
runtime = "run"
[gateway]
host = "gateway.example"
ca = "/x"
certificate = "/x"
key = "/x"
[[buses]]
name = "b"
port = "/dev/ttyUSB0"
[[buses.instruments]]
name = "air"
profile = "xy-md02"
[[buses.instruments]]
name = "pond"
profile = "yosemitech-y532"
address = 3
channels = ["ph"]
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "state").mkdir()
    (tmp_path / "run").mkdir()
    path = tmp_path / "site.toml"
    path.write_text(SITE.replace('"run"', f'"{tmp_path / "run"}"'), "utf-8")
    return path


@pytest.fixture
def file(path: Path) -> SiteFile:
    found = read_site(path, Catalogue()).file
    assert found is not None
    return found


def leave(site: Site, clock: Clock) -> None:
    """What sense leaves: a thermometer that reads, its moisture suspect, and a probe that is silent."""
    at = clock.now()
    newest = Newest(site, clock)
    suspect = Quality(Flag.SUSPECT, (Reason.MAINTENANCE, Reason.SPIKE))
    silent = Quality(Flag.MISSING, (Reason.NO_REPLY,))
    newest.take(
        [
            Reading("air", "temperature", "Cel", "a01001", 21.4, GOOD, at),
            Reading("air", "relative_humidity", "%", "a01002", 54.6, suspect, at),
            Reading("pond", "ph", "[pH]", "w01001", None, silent, at),
            Reading("door", "open", "1", "", 1.0, GOOD, at),
        ],
        {"air": "", "pond": "地址 3 无应答 / no reply from address 3"},
    )
    newest.leave()


def text(file: SiteFile, clock: Clock, width: int = 140) -> str:
    out = io.StringIO()
    Console(file=out, width=width).print(pictured(Viewer(file, clock).look(), file))
    return out.getvalue()


@pytest.fixture
def clock() -> HandClock:
    return HandClock(monotonic=500.0, wall_ms=NOW_MS)


def test_every_channel_of_the_site_is_there(file: SiteFile, clock: HandClock) -> None:
    leave(file.site, clock)
    clock.sleep(5)
    scene = Viewer(file, clock).look()
    found = {(row.instrument, row.channel): (row.value, row.mark, row.age_s) for row in scene.rows}
    assert found == {
        ("air", "temperature"): (21.4, "N", 5.0),
        ("air", "relative_humidity"): (54.6, "M", 5.0),
        ("pond", "ph"): (None, "B", 5.0),
        ("door", "open"): (1.0, "N", 5.0),
    }
    assert scene.running


def test_before_the_first_reading_the_channels_are_there_all_the_same(file: SiteFile, clock: HandClock) -> None:
    scene = Viewer(file, clock).look()
    assert [(row.instrument, row.channel, row.value, row.quality) for row in scene.rows] == [
        ("air", "temperature", None, None),
        ("air", "relative_humidity", None, None),
        ("pond", "ph", None, None),
    ]
    assert not scene.running


def test_a_program_that_stopped_is_told_of_and_its_last_readings_are_shown(file: SiteFile, clock: HandClock) -> None:
    leave(file.site, clock)
    clock.sleep(STALE_S + 1)
    seen = text(file, clock)
    assert "does not run" in seen
    assert "systemctl start luxi-sense" in seen
    assert "21.4" in seen


def test_in_words(file: SiteFile, clock: HandClock) -> None:
    leave(file.site, clock)
    seen = text(file, clock)
    for word in (
        "sense runs",
        "air temperature",
        "21.4",
        "℃",
        "maintenance, spike",
        "no reply from address 3",
    ):
        assert word in seen
    assert "无应答" not in seen


def test_in_chinese(file: SiteFile, clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    leave(file.site, clock)
    seen = text(file, clock)
    for word in ("东塘", "采集程序运行中", "气温", "维护、尖峰", "地址 3 无应答"):
        assert word in seen
    assert "no reply" not in seen


def test_on_a_narrow_screen_the_values_stay(file: SiteFile, clock: HandClock) -> None:
    leave(file.site, clock)
    seen = text(file, clock, width=80)
    assert "21.4" in seen
    assert "maintenance, spike" in seen
    assert max(map(len, seen.splitlines())) <= 80


def test_a_site_that_is_longer_than_the_screen_is_shown_page_by_page(file: SiteFile, clock: HandClock) -> None:
    leave(file.site, clock)
    pages = []
    for page in range(3):
        out = io.StringIO()
        console = Console(file=out, width=80)
        console.print(pictured(Viewer(file, clock).look(), file, 9, page))
        pages.append(out.getvalue())
        assert len(pages[-1].splitlines()) <= 9
    assert "page 1 of 2" in pages[0]
    assert "21.4" in pages[0]
    assert "21.4" not in pages[1]
    assert "door" in pages[1]
    assert pages[2] == pages[0]


def test_one_instrument_alone(file: SiteFile, clock: HandClock) -> None:
    leave(file.site, clock)
    assert {row.instrument for row in Viewer(file, clock, "pond").look().rows} == {"pond"}


def test_windows_and_cameras_are_shown(file: SiteFile, clock: HandClock) -> None:
    leave(file.site, clock)
    Book(file.site.state).open(Window(Reason.STOPPED, "", NOW_MS, NOW_MS + 60_000))
    camera = CameraState("field", 1500, 10, 0, 0)
    health = Health("watch", "1", clock.now(), 0, True, Board(None, None, None, None, None), Depth(0, 0, None))
    health = msgspec.structs.replace(health, cameras=(camera,))
    replace(status_file(file.site.status_folder, "watch"), msgspec.msgpack.encode(health))
    scene = Viewer(file, clock).look()
    assert [one.kind for one in scene.upkeep] == [Reason.STOPPED]
    seen = text(file, clock)
    assert "stopped: the whole site" in seen
    assert "camera field: well" in seen
    clock.sleep(61)
    scene = Viewer(file, clock).look()
    assert (scene.upkeep, scene.cameras) == ((), ()), (
        "windows end, and a silent program's cameras are not shown as well"
    )


def test_for_scripts(file: SiteFile, clock: HandClock) -> None:
    leave(file.site, clock)
    found = json.loads(plain(Viewer(file, clock).look()))
    assert found["running"] is True
    humidity = next(one for one in found["readings"] if one["channel"] == "relative_humidity")
    assert (humidity["value"], humidity["unit"], humidity["quality"], humidity["mark"]) == (54.6, "%", 3, "M")
    assert humidity["reasons"] == ["maintenance", "spike"]


@pytest.mark.parametrize(
    ("at", "now", "age"),
    [
        (Stamp(1000, 5000, "a", ClockState.SYNCHRONISED), Stamp(0, 9000, "a", ClockState.SYNCHRONISED), 4.0),
        (Stamp(1000, 5000, "a", ClockState.SYNCHRONISED), Stamp(7000, 10, "b", ClockState.SYNCHRONISED), 6.0),
        (Stamp(9000, 5000, "a", ClockState.SYNCHRONISED), Stamp(7000, 10, "b", ClockState.SYNCHRONISED), 0.0),
    ],
)
def test_ages_go_by_the_clock_that_can_be_trusted(at: Stamp, now: Stamp, age: float) -> None:
    assert age_s(at, now) == age


def test_a_site_names_its_channels_or_takes_the_routine() -> None:
    sonde = profile("yosemitech-y4000")
    assert [one.name for one in stood("sonde", sonde, ("ph", "turbidity")).channels] == ["turbidity", "ph"]
    assert stood("sonde", sonde, ()).channels == sonde.routine
    assert list(rows([Stood("x", ())], {}, {}, HandClock().now())) == []


# As it is typed


@pytest.fixture
def opened(path: Path) -> Iterator[list[str]]:
    yield ["--config", str(path)]


def test_live_as_it_is_typed(path: Path, file: SiteFile) -> None:
    gone = luxi("live", "--config", path, "--once", locale="zh_CN.UTF-8")
    assert gone.returncode == 1
    assert "未运行" in gone.stdout
    leave(file.site, SystemClock())
    seen = luxi("live", "--config", path, "--once", locale="zh_CN.UTF-8")
    assert seen.returncode == 0, seen.stderr
    assert "21.4" in seen.stdout
    found = luxi("live", "--config", path, "--once", "--json", "--instrument", "air")
    assert [one["value"] for one in json.loads(found.stdout)["readings"]] == [21.4, 54.6]


def test_an_instrument_that_the_site_has_not_is_wrong_usage(opened: list[str]) -> None:
    for command in (("live", "--once"), ("upkeep", "start")):
        done = luxi(*command, *opened, "--instrument", "water")
        assert done.returncode == 2
        assert "air, pond" in done.stderr


def test_upkeep_as_it_is_typed(opened: list[str], file: SiteFile) -> None:
    begun = luxi("upkeep", "start", *opened, "--instrument", "pond", "--kind", "calibration", "--for", "30min")
    assert begun.returncode == 0, begun.stderr
    (window,) = Book(file.site.state).windows()
    assert (window.kind, window.instrument, window.until_ms - window.from_ms) == (Reason.CALIBRATION, "pond", 1_800_000)
    assert luxi("upkeep", "start", *opened).returncode == 0
    listed = json.loads(luxi("upkeep", "list", *opened, "--json").stdout)
    assert [(one["kind"], one["instrument"], one["now"]) for one in listed] == [
        ("calibration", "pond", True),
        ("maintenance", "", True),
    ]
    assert "校准：pond" in luxi("upkeep", "list", *opened, locale="zh_CN.UTF-8").stdout
    stopped = luxi("upkeep", "stop", *opened, "--instrument", "pond")
    assert "ended: calibration: pond" in stopped.stdout
    assert "still open: maintenance: the whole site" in stopped.stdout
    assert "no such window" in luxi("upkeep", "stop", *opened, "--kind", "stopped").stdout
    assert luxi("upkeep", "stop", *opened).returncode == 0
    assert "no windows" in luxi("upkeep", "list", *opened).stdout


def test_a_damaged_file_of_windows_is_told_of(opened: list[str], file: SiteFile) -> None:
    Book(file.site.state).path.write_text("nonsense")
    done = luxi("upkeep", "start", *opened)
    assert done.returncode == 1
    assert "delete it" in done.stderr
