"""An errand fetches what is due and what judges it, and takes each channel's own registers out of an answer."""

from bus_kit import channel, profile

from sensors.block import Block, Table
from sensors.decode import Decoded
from sensors.errand import came, errand, missing
from sensors.place import Kind, Order
from sensors.plan import Read, plan
from sensors.reading import GOOD, ClockState, Flag, Quality, Reason, Stamp

AT = Stamp(0, 0, "boot", ClockState.UNSET)


def test_what_judges_is_fetched_with_what_is_due() -> None:
    model = profile("vaisala-gmp252")
    co2 = model.channel("co2")
    assert co2
    todo = errand((co2,), model.judging((co2,)), lambda channels: plan(channels, model.reads, model.ground))
    assert todo.due == {"co2"}
    assert list(todo.channels) == ["co2", "device_status", "co2_status"]
    assert [one.name for one in todo.status["co2"]] == ["device_status", "co2_status"]
    assert todo.status["co2_status"] == ()
    assert [read.block for read in todo.reads] == [Block(Table.HOLDING, 0, 2), Block(Table.HOLDING, 0x0800, 2)]


def test_a_channel_takes_its_own_registers() -> None:
    first, second = channel("a", 10), channel("b", 12, Kind.S32, order=Order.CDAB, scale=0.5)
    read = Read(Block(Table.HOLDING, 10, 4), (first, second))
    registers = (7, 0xFFFF, 0xFFFE, 0xFFFF)
    assert came(first, read, registers, AT).decoded == Decoded(7.0, GOOD)
    outcome = came(second, read, registers, AT)
    assert (outcome.raw, outcome.decoded, outcome.at) == (0xFFFFFFFE, Decoded(-1.0, GOOD), AT)


def test_without_an_answer_there_are_no_bits_to_judge_by() -> None:
    outcome = missing(Reason.PORT, AT)
    assert outcome.raw is None
    assert outcome.decoded == Decoded(None, Quality(Flag.MISSING, (Reason.PORT,)))
