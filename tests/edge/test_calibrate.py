"""A guided calibration, of every kind that profiles describe, on instruments that take it and show it afterwards."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from commission_kit import NOW_MS, Scripted, Wired, profile, wired

from edge.commission.record import Entry, Records
from edge.commission.sitting import LONGEST_MS, Table, calibrate, chosen, marked, undo
from edge.reach import typed
from edge.upkeep import Book
from sensors.clock import HandClock
from sensors.modbus.slave import Mishap, Slave
from sensors.reading import ClockState, Reason, Stamp
from sensors.service import Calibration

Answers = list[str | Callable[[], str]]


class Sitting:
    """One instrument, somebody who calibrates it, and the record of it."""

    def __init__(self, folder: Path, name: str, **met: float) -> None:
        self.slave = Slave(profile(name))
        for channel, value in met.items():
            self.slave.meet(channel, value)
        self.line: Wired = wired(self.slave)
        self.records = Records(folder / "calibrations.jsonl")
        self.book = Book(folder)

    def put(self, channel: str, value: float, answer: str = "") -> Callable[[], str]:
        """What the technician does with hands, and then answers."""

        def done() -> str:
            self.slave.meet(channel, value)
            return answer

        return done

    def table(self, answers: Answers) -> Table:
        self.talk = Scripted(answers)
        return Table(
            profile=self.slave.profile,
            place=typed("/dev/ttyUSB0"),
            address=self.slave.address,
            master=self.line.master,
            clock=self.line.clock,
            dialogue=self.talk,
            records=self.records,
            who="Zhang",
            book=self.book,
            instrument="probe",
        )

    def run(self, answers: Answers, method: str = "") -> Entry:
        table = self.table(answers)
        work = chosen(self.slave.profile, "", method, self.talk)
        assert isinstance(work, Calibration), work
        channel = self.slave.profile.channel(work.channels[0])
        assert channel
        return calibrate(table, work, channel)

    def undo(self, answers: Answers, method: str) -> Entry | str:
        table = self.table(answers)
        work = chosen(self.slave.profile, "", method, self.talk)
        assert isinstance(work, Calibration)
        channel = self.slave.profile.channel(work.channels[0])
        assert channel
        return undo(table, work, channel)

    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.records.path.read_text("utf-8").splitlines()]


def conductivity(folder: Path) -> tuple[Sitting, Answers]:
    """A conductivity probe that shows 1.5 and 13.0 in 1.413 and 12.88 mS/cm, and the answers that put it right."""
    sitting = Sitting(folder, "yosemitech-y520", conductivity=1.5)
    low, high = sitting.put("conductivity", 1.5), sitting.put("conductivity", 13.0)
    return sitting, ["1.413", low, "12.88", high, "y"]


def test_two_points_of_a_line(tmp_path: Path) -> None:
    sitting, answers = conductivity(tmp_path)
    entry = sitting.run(answers)
    assert entry.outcome == "done", entry.state
    assert sitting.slave.get("conductivity") == pytest.approx(12.88)
    sitting.slave.meet("conductivity", 1.5)
    assert sitting.slave.get("conductivity") == pytest.approx(1.413)
    assert entry.before == {"calibration": (1.0, 0.0)}
    assert entry.after["calibration"] == (pytest.approx(0.99713, rel=1e-4), pytest.approx(-0.0827, rel=1e-3))
    assert entry.check is not None
    assert entry.check.shown == pytest.approx(12.88)


def test_who_when_buffers_before_and_after_are_on_the_disk(tmp_path: Path) -> None:
    sitting, answers = conductivity(tmp_path)
    sitting.run(answers)
    begun, done = sitting.lines()
    assert (begun["outcome"], done["outcome"]) == ("begun", "done")
    assert begun["id"] == done["id"]
    assert begun["before"] == done["before"] == {"calibration": [1.0, 0.0]}
    assert done["who"] == "Zhang"
    assert str(done["at"]).startswith("2026-11-18T")
    assert str(done["at"]).endswith("+08:00")
    assert [(one["true"], one["shown"]) for one in done["buffers"]] == [(1.413, 1.5), (12.88, 13.0)]  # type: ignore[attr-defined]
    assert done["instrument"] == "probe"


def test_it_is_recorded_before_anything_is_written(tmp_path: Path) -> None:
    sitting, answers = conductivity(tmp_path)
    sitting.records.path.mkdir()
    with pytest.raises(OSError, match="calibrations"):
        sitting.run(answers)
    assert sitting.line.writes == []


def test_a_calibrated_unit_is_calibrated_again(tmp_path: Path) -> None:
    sitting, answers = conductivity(tmp_path)
    sitting.run(answers)
    sitting.slave.meet("conductivity", 1.6)
    again = sitting.run(["1.413", "", "12.88", sitting.put("conductivity", 13.2), "y"])
    assert again.outcome == "done", again.state
    assert sitting.slave.get("conductivity") == pytest.approx(12.88)


def test_gain_and_offset_in_two_settings(tmp_path: Path) -> None:
    sitting = Sitting(tmp_path, "keller-series-30", pressure_p1=1.02)
    answers: Answers = ["1.0", "", "3.0", sitting.put("pressure_p1", 3.05), "y"]
    entry = sitting.run(answers, "pressure")
    assert entry.outcome == "done", entry.state
    assert sitting.slave.get("pressure_p1") == pytest.approx(3.0, abs=1e-5)
    assert set(entry.after) == {"p1_gain", "p1_offset"}


def test_an_offset(tmp_path: Path) -> None:
    sitting = Sitting(tmp_path, "xy-md02", temperature=20.5)
    entry = sitting.run(["20.0", "", "y"], "temperature")
    assert entry.outcome == "done", entry.state
    assert sitting.slave.get("temperature") == 20.0
    assert (entry.before, entry.after) == ({"temperature_offset": (0.0,)}, {"temperature_offset": (-0.5,)})


def test_an_offset_that_the_model_cannot_have_changes_nothing(tmp_path: Path) -> None:
    sitting = Sitting(tmp_path, "xy-md02", temperature=20.5)
    entry = sitting.run(["50", "", "y"], "temperature")
    assert entry.outcome == "failed"
    assert "-10 to 10" in entry.state
    assert sitting.line.writes == []


def test_three_points_are_each_rested_in_and_written(tmp_path: Path) -> None:
    sitting = Sitting(tmp_path, "yosemitech-y532", ph=4.1)
    answers: Answers = [sitting.put("ph", raw) for raw in (4.1, 6.95, 9.3)]
    began = sitting.line.clock.monotonic()
    entry = sitting.run(answers, "three_point")
    assert entry.outcome == "done", entry.state
    assert sitting.line.clock.monotonic() - began > 180, "the maker wants a minute of rest in each"
    assert [one.true for one in entry.buffers] == [4.0, 6.86, 9.18]
    for raw, true in ((4.1, 4.0), (6.95, 6.86), (9.3, 9.18)):
        sitting.slave.meet("ph", raw)
        assert sitting.slave.get("ph") == pytest.approx(true, abs=1e-5)


def test_a_probe_in_the_wrong_buffer_is_asked_about(tmp_path: Path) -> None:
    sitting = Sitting(tmp_path, "yosemitech-y532", ph=6.9)
    entry = sitting.run(["", "n"], "three_point")
    assert entry.outcome == "left"
    assert sitting.line.writes == []
    assert "6.86" in sitting.talk.asked[-1]


def test_left_half_way_it_says_what_was_written(tmp_path: Path) -> None:
    sitting = Sitting(tmp_path, "yosemitech-y532", ph=4.1)
    entry = sitting.run([""], "three_point")
    assert entry.outcome == "left"
    assert "= 4" in entry.state
    assert "repeat" in entry.state
    assert sitting.lines()[-1]["state"] == entry.state


def test_a_command_is_given_and_its_outcome_read(tmp_path: Path) -> None:
    sitting = Sitting(tmp_path, "senseair-s8", co2=430)
    entry = sitting.run(["", "y"], "background")
    assert entry.outcome == "done", entry.state
    assert sitting.slave.commanded == ["background_calibration"]
    assert entry.buffers[0].true is None


def test_a_command_that_is_not_confirmed_failed(tmp_path: Path) -> None:
    class Deaf(Slave):
        def _confirm(self, command: str) -> None:
            pass

    sitting = Sitting(tmp_path, "senseair-s8", co2=430)
    sitting.slave = Deaf(profile("senseair-s8"))
    sitting.line = wired(sitting.slave)
    entry = sitting.run(["", "y"], "background")
    assert entry.outcome == "failed"
    assert "not confirmed" in entry.state


@pytest.mark.parametrize("stop", range(5))
def test_leaving_before_the_write_changes_nothing(tmp_path: Path, stop: int) -> None:
    sitting, answers = conductivity(tmp_path)
    entry = sitting.run(answers[:stop])
    assert (entry.outcome, entry.after) == ("left", entry.before)
    assert sitting.line.writes == []
    assert "as it was" in entry.state


def test_who_says_no_at_the_end_changes_nothing(tmp_path: Path) -> None:
    sitting, answers = conductivity(tmp_path)
    assert sitting.run([*answers[:-1], ""]).outcome == "left"
    assert sitting.line.writes == []


def test_points_that_cannot_tell_are_refused(tmp_path: Path) -> None:
    sitting = Sitting(tmp_path, "yosemitech-y520", conductivity=1.5)
    entry = sitting.run(["1.413", "", "12.88", ""])
    assert entry.outcome == "failed"
    assert "the same reading" in entry.state
    assert sitting.line.writes == []


def test_an_instrument_that_dies_between_two_writes_leads_to_undo(tmp_path: Path) -> None:
    class Dying(Slave):
        def answer(self, request: bytes) -> bytes | None:
            answer = super().answer(request)
            if request[1] == 16 and answer:
                self.mishap = Mishap.SILENT
            return answer

    sitting = Sitting(tmp_path, "keller-series-30")
    sitting.slave = Dying(profile("keller-series-30"))
    sitting.slave.meet("pressure_p1", 1.02)
    sitting.line = wired(sitting.slave)
    entry = sitting.run(["1.0", "", "3.0", sitting.put("pressure_p1", 3.05), "y"], "pressure")
    assert entry.outcome == "failed"
    assert "--undo" in entry.state
    assert sitting.slave.get("p1_gain") != 1.0, "half of it is in the instrument"
    sitting.slave.mishap = None
    sitting.slave.answer = Slave.answer.__get__(sitting.slave)  # type: ignore[method-assign]
    back = sitting.undo(["y"], "pressure")
    assert isinstance(back, Entry)
    assert back.outcome == "undone"
    assert (sitting.slave.get("p1_gain"), sitting.slave.get("p1_offset")) == (1.0, 0.0)


def test_undo_writes_back_what_was_before(tmp_path: Path) -> None:
    sitting, answers = conductivity(tmp_path)
    sitting.run(answers)
    back = sitting.undo(["y"], "linear")
    assert isinstance(back, Entry)
    assert (back.outcome, back.after) == ("undone", {"calibration": (1.0, 0.0)})
    assert sitting.slave.get("conductivity") == 13.0


def test_undo_after_a_power_cut_finds_the_record_that_was_begun(tmp_path: Path) -> None:
    sitting, answers = conductivity(tmp_path)
    sitting.run(answers)
    first = sitting.records.path.read_bytes().splitlines(keepends=True)[0]
    sitting.records.path.write_bytes(first + b'{"id": "cut sho')
    back = sitting.undo(["y"], "linear")
    assert isinstance(back, Entry)
    assert back.outcome == "undone"
    assert len(sitting.records.path.read_bytes().splitlines()) == 3


def test_without_a_record_there_is_nothing_to_go_back_to(tmp_path: Path) -> None:
    sitting, _ = conductivity(tmp_path)
    assert isinstance(sitting.undo(["y"], "linear"), str)
    assert sitting.line.writes == []


def test_a_value_that_does_not_rest_is_asked_about(tmp_path: Path) -> None:
    sitting = Sitting(tmp_path, "xy-md02", temperature=20.5)
    drift = iter(range(10_000))

    class Drifting(Slave):
        def answer(self, request: bytes) -> bytes | None:
            self.meet("temperature", 20.0 + next(drift) % 7)
            return super().answer(request)

    sitting.slave = Drifting(profile("xy-md02"))
    sitting.line = wired(sitting.slave)
    entry = sitting.run(["20", "", "", "f", "q"], "temperature")
    assert entry.outcome == "left"
    assert sum("not at rest" in question for question in sitting.talk.asked) == 2
    assert entry.buffers, "f takes it as it is"


def test_silence_while_waiting_is_shown_and_begins_the_rest_anew(tmp_path: Path) -> None:
    sitting = Sitting(tmp_path, "xy-md02", temperature=20.5)
    count = iter(range(10_000))

    class Shaky(Slave):
        def answer(self, request: bytes) -> bytes | None:
            answer = super().answer(request)
            return None if request[1] == 4 and 5 <= next(count) < 10 else answer

    sitting.slave = Shaky(profile("xy-md02"))
    sitting.slave.meet("temperature", 20.5)
    sitting.line = wired(sitting.slave)
    assert sitting.run(["20", "", "y"], "temperature").outcome == "done"
    assert any("no reply" in text for text in sitting.talk.shown)


def test_a_reading_that_is_off_afterwards_is_told_of(tmp_path: Path) -> None:
    class Unmoved(Slave):
        def _look(self) -> None:
            if not self.get("temperature"):
                super()._look()

    sitting = Sitting(tmp_path, "xy-md02")
    sitting.slave = Unmoved(profile("xy-md02"))
    sitting.slave.meet("temperature", 25.0)
    sitting.line = wired(sitting.slave)
    entry = sitting.run(["20", "", "y"], "temperature")
    assert entry.outcome == "done"
    assert "not the reference" in entry.state


def test_a_nonsensical_number_is_asked_for_again(tmp_path: Path) -> None:
    sitting = Sitting(tmp_path, "xy-md02", temperature=20.5)
    entry = sitting.run(["twenty", "nan", "inf", "20,0", "", "y"], "temperature")
    assert entry.outcome == "done"
    assert [one.true for one in entry.buffers] == [20.0]


# Which one


def test_of_several_one_is_chosen_by_number() -> None:
    talk = Scripted(["9", "x", "2"])
    work = chosen(profile("xy-md02"), "", "", talk)
    assert isinstance(work, Calibration)
    assert work.name == "humidity"
    assert len(talk.asked) == 3


def test_a_channel_or_a_method_names_it() -> None:
    for channel, method in (("relative_humidity", ""), ("", "humidity")):
        work = chosen(profile("xy-md02"), channel, method, Scripted())
        assert isinstance(work, Calibration)
        assert work.name == "humidity"


def test_what_a_model_cannot_do_names_what_it_can() -> None:
    assert "temperature" in str(chosen(profile("xy-md02"), "", "zero", Scripted()))
    assert "manual" in str(chosen(profile("boqu-phg2091"), "", "", Scripted()))


# The mark


def test_meanwhile_the_site_s_readings_are_marked_and_afterwards_not(tmp_path: Path) -> None:
    sitting, _ = conductivity(tmp_path)
    with marked(sitting.table([])):
        (window,) = sitting.book.windows()
        assert (window.kind, window.instrument, window.by) == (Reason.CALIBRATION, "probe", "Zhang")
        assert window.until_ms == NOW_MS + LONGEST_MS
        sitting.line.clock.sleep(60)
    (window,) = sitting.book.windows()
    assert window.until_ms == NOW_MS + 60_000


def test_a_clock_that_was_never_set_makes_no_mark(tmp_path: Path) -> None:
    class Unset(HandClock):
        def now(self) -> Stamp:
            return Stamp(0, 0, "boot", ClockState.UNSET)

    sitting, _ = conductivity(tmp_path)
    sitting.line.clock = Unset()
    with marked(sitting.table([])):
        assert sitting.book.windows() == ()
    assert "never set" in sitting.talk.said[0]


def test_a_disk_that_fills_up_meanwhile_is_told_of_and_the_state_is_too(tmp_path: Path) -> None:
    sitting, answers = conductivity(tmp_path)

    class Filling(Records):
        def add(self, entry: Entry) -> None:
            if entry.outcome != "begun":
                raise OSError(28, "No space left on device")
            super().add(entry)

    sitting.records = Filling(sitting.records.path)
    entry = sitting.run(answers)
    assert entry.outcome == "done"
    assert "written and verified" in entry.state
    assert any("No space left" in text for text in sitting.talk.said)


def test_a_mark_that_cannot_be_ended_ends_by_itself(tmp_path: Path) -> None:
    sitting, _ = conductivity(tmp_path)
    with marked(sitting.table([])):
        sitting.book.path.write_text("nonsense")
    assert "ends by itself" in sitting.talk.said[-1]


def test_an_instrument_that_falls_silent_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    sitting = Sitting(tmp_path, "xy-md02", temperature=20.5)

    def unplugged() -> str:
        sitting.slave.mishap = Mishap.SILENT
        return ""

    entry = sitting.run(["20", unplugged, "", "f"], "temperature")
    assert entry.outcome == "left"
    assert sitting.line.writes == []
    assert sum("not at rest" in question for question in sitting.talk.asked) == 3, "f takes no value that there isn't"


def test_what_cannot_be_verified_is_not_called_verified(tmp_path: Path) -> None:
    class Blind(Slave):
        def answer(self, request: bytes) -> bytes | None:
            answer = super().answer(request)
            if request[1] == 16 and request[4:6] != bytes(2) and self._probe._points.get("ph", {}).get(9.18, None):
                self.mishap = Mishap.SILENT
            return answer

    sitting = Sitting(tmp_path, "yosemitech-y532")
    sitting.slave = Blind(profile("yosemitech-y532"))
    sitting.slave.meet("ph", 4.1)
    sitting.line = wired(sitting.slave)
    entry = sitting.run([sitting.put("ph", raw) for raw in (4.1, 6.95, 9.3)], "three_point")
    assert entry.outcome == "done"
    assert "no reading to verify" in entry.state
