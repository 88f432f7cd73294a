"""`luxi status`: what a technician sees, and what a script gets."""

import io
import json
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from edge.config import Site
from edge.health import status_file
from edge.status import show, well
from edge.wire.messages import Board, CameraState, Depth, Health, InstrumentState, ServiceState
from sensors.reading import ClockState, Stamp

AT = Stamp(1_790_000_000_000, 5_000, "boot-1", ClockState.SYNCHRONISED, 3)
SOUND = Health(
    program="sense",
    version="1.2.3",
    at=AT,
    uptime_ms=5000,
    connected=True,
    board=Board(50.0, False, 0.1, 500, 1000),
    spool=Depth(3, 2048, 100),
    services=(ServiceState("bus b1", True, 0, 10),),
    instruments=(InstrumentState("probe", "b1", 10, 99, 1, 2, 0),),
    cameras=(CameraState("yard", 100, 12, 3, 0),),
    starts=417,
)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site.model_construct(id="farm", state=tmp_path, runtime=Path("/nowhere"))


def shown(site: Site, *, as_json: bool = False) -> tuple[int, str]:
    out = io.StringIO()
    code = show(site, as_json=as_json, console=Console(file=out, width=100))
    return code, out.getvalue()


def leave(site: Site, health: Health) -> None:
    status_file(site.state, health.program).write_bytes(msgspec.msgpack.encode(health))


def test_a_sound_device(site: Site) -> None:
    leave(site, SOUND)
    code, text = shown(site)
    assert code == 0
    assert all(word in text for word in ("sense", "probe", "yard", "bus b1", "2.0 KiB", "417"))


@pytest.mark.parametrize(
    ("clock", "said"),
    [
        (ClockState.SYNCHRONISED, "right, within 3 ms"),
        (ClockState.RESTORED, "in doubt"),
        (ClockState.UNSET, "wrong (never set)"),
    ],
)
def test_it_says_how_the_clock_is(site: Site, clock: ClockState, said: str) -> None:
    leave(site, msgspec.structs.replace(SOUND, at=replace(AT, clock=clock)))
    assert said in shown(site)[1]


def test_json_has_names(site: Site) -> None:
    leave(site, SOUND)
    code, text = shown(site, as_json=True)
    assert code == 0
    status = json.loads(text)["sense"]
    assert status["instruments"][0]["answers"] == 99
    assert status["spool"]["messages"] == 3
    assert status["at"]["clock"] == "synchronised"


def test_trouble_is_shown_as_it_stands(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    strange = InstrumentState("probe", "b1", 10, 0, 0, 0, 0, "[/dev/ttyUSB0] [red]")
    leave(site, msgspec.structs.replace(SOUND, instruments=(strange,)))
    assert show(site, as_json=False) == 1
    assert "[/dev/ttyUSB0] [red]" in capsys.readouterr().out


def test_nothing_was_started(site: Site) -> None:
    assert shown(site)[0] == 1


@pytest.mark.parametrize(
    "change",
    [
        {"connected": False},
        {"services": (ServiceState("bus b1", False, 0, 10),)},
        {"instruments": (InstrumentState("probe", "b1", None, 0, 1, 0, 0, "no-reply"),)},
        {"cameras": (CameraState("yard", None, 0, 0, 0, "no frame"),)},
    ],
)
def test_trouble_is_the_exit_status(site: Site, change: dict[str, object]) -> None:
    sick = msgspec.structs.replace(SOUND, **change)
    assert well(SOUND)
    assert not well(sick)
    leave(site, sick)
    assert shown(site)[0] == 1
