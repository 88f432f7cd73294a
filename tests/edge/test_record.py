"""The record of calibrations: what is written stays, and the last state before one is found again."""

from pathlib import Path

import pytest

from edge.commission.record import Buffer, Entry, Records, moment, person
from sensors.reading import ClockState, Stamp

ENTRY = Entry(
    id="1",
    outcome="done",
    at="2026-11-25T11:00:00+08:00",
    clock=ClockState.SYNCHRONISED,
    who="张工",
    profile="yosemitech-y520",
    port="/dev/ttyUSB0",
    address=1,
    method="linear",
    kind="linear",
    channel="conductivity",
    unit="mS/cm",
    buffers=(Buffer(1.413, 1.5, 0.0, 30.0),),
    before={"calibration": (1.0, 0.0)},
    after={"calibration": (0.99, -0.08)},
)


def changed(**fields: object) -> Entry:
    return Entry(**{name: getattr(ENTRY, name) for name in Entry.__struct_fields__} | fields)  # type: ignore[arg-type]


def last(records: Records) -> Entry | None:
    return records.last("yosemitech-y520", "/dev/ttyUSB0", 1, "linear")


def test_what_is_added_is_found(tmp_path: Path) -> None:
    records = Records(tmp_path / "deep" / "calibrations.jsonl")
    records.ready()
    assert last(records) is None
    records.add(ENTRY)
    assert last(records) == ENTRY
    assert "张工" in records.path.read_text("utf-8"), "a person may read it"


@pytest.mark.parametrize(
    "other", [{"profile": "xy-md02"}, {"port": "/dev/ttyUSB1"}, {"address": 2}, {"method": "offset"}]
)
def test_another_instrument_or_method_is_another_matter(tmp_path: Path, other: dict[str, object]) -> None:
    records = Records(tmp_path / "calibrations.jsonl")
    records.add(changed(**other))
    assert last(records) is None


def test_what_was_undone_or_told_nothing_of_before_is_passed_over(tmp_path: Path) -> None:
    records = Records(tmp_path / "calibrations.jsonl")
    records.add(ENTRY)
    records.add(changed(id="2", outcome="failed", before={}))
    records.add(changed(id="3", outcome="undone"))
    assert last(records) == ENTRY


def test_a_line_that_was_cut_short_costs_no_other(tmp_path: Path) -> None:
    records = Records(tmp_path / "calibrations.jsonl")
    records.add(ENTRY)
    with records.path.open("ab") as file:
        file.write(b'{"id": "2", "out')
    records.add(changed(id="3"))
    assert last(records) == changed(id="3")
    assert len(records.path.read_bytes().splitlines()) == 3


def test_times_are_beijing_s() -> None:
    assert moment(Stamp(0, 0, "boot", ClockState.SYNCHRONISED)) == "1970-01-01T08:00:00+08:00"


def test_the_one_who_called_sudo_did_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "li")
    assert person() == "li"
    monkeypatch.delenv("SUDO_USER")
    assert person()
