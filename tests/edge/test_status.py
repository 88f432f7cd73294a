"""`luxi status`: what a technician sees, and what a script gets."""

import io
import json
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from edge.config import Site
from edge.health import status_file, well
from edge.status import show
from edge.wire.messages import Board, CameraState, Depth, Health, InstrumentState, PinState, RankDepth, ServiceState
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
    pins=(PinState("rain", "rain", 12.6), PinState("horn", "siren", None)),
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
    assert all(word in text for word in ("sense", "probe", "yard", "bus b1", "2.0 KiB", "417", "12.6", "siren  –"))


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


def test_what_the_spool_gave_up_is_shown(site: Site) -> None:
    ranks = (RankDepth("health", 0, 0, 7, 700), RankDepth("reading", 3, 300, 1200, 99))
    leave(site, msgspec.structs.replace(SOUND, spool=Depth(3, 2048, 100, ranks, aside=2, trouble="disk is full")))
    _, text = shown(site)
    assert all(words in text for words in ("1207 dropped", "2 can't be sent", "trouble with the disk: disk is full"))


def test_nothing_was_started(site: Site) -> None:
    assert shown(site)[0] == 1


@pytest.mark.parametrize(
    "change",
    [
        {"connected": False},
        {"services": (ServiceState("bus b1", False, 0, 10),)},
        {"instruments": (InstrumentState("probe", "b1", None, 0, 1, 0, 0, "no-reply"),)},
        {"cameras": (CameraState("yard", None, 0, 0, 0, "no frame"),)},
        {"pins": (PinState("gate", "door", None, "no-chip"),)},
        {"spool": Depth(3, 2048, 100, trouble="disk is full")},
    ],
)
def test_trouble_is_the_exit_status(site: Site, change: dict[str, object]) -> None:
    sick = msgspec.structs.replace(SOUND, **change)
    assert well(SOUND)
    assert not well(sick)
    leave(site, sick)
    assert shown(site)[0] == 1
