"""Answers held against readings: the end of a killed life may be missing, a gap in its midst is a loss."""

from pathlib import Path

from hil.answered import Unkept, bus_of, unkept
from hil.virtual.answers import Answer, Noted, noted
from sensors.block import Block, Table
from sensors.catalogue import Catalogue
from sensors.modbus.frame import read_request, sealed
from sensors.modbus.slave import Slave
from sensors.profile import Profile


def slave(name: str, address: int) -> Slave:
    profile = Catalogue().find(name)
    assert isinstance(profile, Profile)
    return Slave(profile, address)


def answers(*moments: int, instrument: str = "air-1") -> list[Answer]:
    return [Answer(moment, instrument) for moment in moments]


def test_every_answer_kept() -> None:
    assert unkept(answers(10, 20, 30), {"air-1": [12, 22, 33]}, [5]) == Unkept(3, 0, 0, ())


def test_the_end_of_a_life_may_be_missing() -> None:
    found = unkept(answers(10, 20, 30, 110), {"air-1": [12, 111]}, [5, 100])
    assert found == Unkept(4, 2, 2, ())


def test_an_answer_that_nobody_waited_for_any_more_is_late_and_no_loss() -> None:
    course, stamps = answers(10, 20, 5000), {"air-1": [12, 19, 5001]}
    assert unkept(course, stamps, [5], {"air-1": [19]}) == Unkept(3, 0, 0, (), 1)
    assert unkept(course, stamps, [5], {"air-1": [21], "air-2": [19]}).lost == (Answer(20, "air-1"),)
    assert unkept(answers(10, 3000, 5000), stamps, [5], {"air-1": [19]}).lost == (Answer(3000, "air-1"),)


def test_a_gap_in_the_midst_is_a_loss() -> None:
    found = unkept(answers(10, 20, 30), {"air-1": [12, 33]}, [5])
    assert found.lost == (Answer(20, "air-1"),)


def test_a_gap_between_instruments_of_one_bus_is_a_loss_and_of_two_buses_is_none() -> None:
    one = [*answers(10), *answers(20, instrument="air-2")]
    assert unkept(one, {"air-2": [21]}, []).lost == (Answer(10, "air-1"),)
    two = [*answers(10), *answers(20, instrument="water-2")]
    assert unkept(two, {"water-2": [21]}, []) == Unkept(2, 1, 1, ())


def test_a_reading_keeps_one_answer_only() -> None:
    assert unkept(answers(10, 20, 30), {"air-1": [25, 31]}, []).lost == (Answer(10, "air-1"),)


def test_a_life_without_a_reading_is_an_end() -> None:
    assert unkept(answers(10, 20), {}, [5]) == Unkept(2, 2, 2, ())


def test_buses_may_have_hyphens() -> None:
    assert bus_of("north-air-12") == "north-air"


def test_reads_are_noted_in_order_and_commands_and_refusals_are_not(tmp_path: Path) -> None:
    path = tmp_path / "answers.log"
    one, other = Noted(slave("xy-md02", 2), "air-2", path), Noted(slave("renke-rs-ws", 1), "air-1", path)
    good = read_request(2, Block(Table.INPUT, 1, 2))
    assert one.answer(good) == slave("xy-md02", 2).answer(good)
    assert other.answer(good) is None
    assert one.answer(read_request(2, Block(Table.INPUT, 900, 1))) is not None
    assert other.answer(read_request(1, Block(Table.HOLDING, 0, 2))) is not None
    found = noted(path)
    assert [answer.instrument for answer in found] == ["air-2", "air-1"]
    assert found[0].mono_ms <= found[1].mono_ms


def test_a_command_that_looks_like_a_read_is_none(tmp_path: Path) -> None:
    y504 = slave("yosemitech-y504", 3)
    start = next(command for command in y504.profile.commands if command.when == "start")

    note = Noted(y504, "water-3", tmp_path / "answers.log")
    assert note.answer(sealed(bytes([3]) + start.body)) is not None
    assert noted(tmp_path / "answers.log") == []
    assert noted(tmp_path / "nothing.log") == []
