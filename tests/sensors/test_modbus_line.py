"""The line keeps its silences, waits no longer than it should, and counts what every instrument did."""

from random import Random

import pytest
from bus_kit import bench, profile, requests
from hypothesis import given
from hypothesis import strategies as st

from sensors.block import Block, Table
from sensors.modbus.frame import read_request, sealed
from sensors.modbus.line import Patience, Tally, Trouble
from sensors.modbus.port import Framing
from sensors.modbus.slave import Mishap, Slave
from sensors.reading import Reason

BOTH = read_request(1, Block(Table.INPUT, 1, 2))
ONE = read_request(1, Block(Table.INPUT, 1, 1))


def md02(address: int = 1, celsius: float = 21.5) -> Slave:
    return Slave(profile("xy-md02"), address, {"temperature": celsius, "relative_humidity": 54.6})


def reason(outcome: bytes | Trouble) -> Reason | None:
    return outcome.reason if isinstance(outcome, Trouble) else None


def test_an_answer_comes_back_whole_and_is_counted() -> None:
    stand = bench(md02())
    assert stand.line.exchange(BOTH, Patience()) == sealed(bytes.fromhex("01 04 04 00 D7 02 22"))
    assert stand.line.tally(1) == Tally(asked=1, answers=1)
    assert stand.line.tally(2) == Tally()


def test_the_next_request_waits_for_the_gap_after_the_last_byte() -> None:
    stand = bench(md02(), framing=Framing(9600), delay_s=0.02)
    stand.line.exchange(BOTH, Patience())
    last_byte = stand.clock.monotonic()
    stand.line.exchange(BOTH, Patience())
    assert stand.loop.sent[1][0] - last_byte == pytest.approx(3.5 * 11 / 9600)


def test_the_turnaround_of_the_instrument_outlasts_the_gap() -> None:
    stand = bench(md02(1), md02(2))
    stand.line.exchange(BOTH, Patience(turnaround_s=0.1))
    last_byte = stand.clock.monotonic()
    stand.line.exchange(sealed(b"\x02" + BOTH[1:-2]), Patience())
    assert stand.loop.sent[1][0] - last_byte == pytest.approx(0.1)


def test_the_gap_is_kept_after_silence_too() -> None:
    stand = bench()
    stand.line.exchange(BOTH, Patience(timeout_s=0.0))
    stand.line.exchange(BOTH, Patience(timeout_s=0.0))
    sent, again = (at for at, _ in stand.loop.sent)
    assert again - sent >= 8 * 10 / 9600 + 3.5 * 11 / 9600


@pytest.mark.parametrize(
    ("framing", "character", "gap"),
    [
        (Framing(9600), 10 / 9600, 38.5 / 9600),
        (Framing(9600, "E"), 11 / 9600, 38.5 / 9600),
        (Framing(2400, "N", 2), 11 / 2400, 38.5 / 2400),
        (Framing(19200), 10 / 19200, 38.5 / 19200),
        (Framing(115200), 10 / 115200, 0.00175),
    ],
)
def test_the_time_of_a_character_and_of_a_gap(framing: Framing, character: float, gap: float) -> None:
    assert framing.character_s == pytest.approx(character)
    assert framing.gap_s == pytest.approx(gap)


def test_silence_is_waited_for_just_as_long_as_the_instrument_may_take() -> None:
    stand = bench()
    start = stand.clock.monotonic()
    outcome = stand.line.exchange(BOTH, Patience(timeout_s=0.3))
    assert reason(outcome) is Reason.NO_REPLY
    assert stand.clock.monotonic() - start == pytest.approx(0.3 + (8 + 8 + 9) * 10 / 9600)
    assert stand.line.tally(1) == Tally(asked=1, timeouts=1)


def test_an_answer_at_the_last_moment_is_still_taken() -> None:
    stand = bench(md02(), delay_s=0.299)
    assert reason(stand.line.exchange(BOTH, Patience(timeout_s=0.3))) is None


@pytest.mark.parametrize("echo", [False, True])
@pytest.mark.parametrize(
    ("mishap", "expected", "tally"),
    [
        (Mishap.SILENT, Reason.NO_REPLY, Tally(asked=1, timeouts=1)),
        (Mishap.CRC_BROKEN, Reason.CRC, Tally(asked=1, crc_errors=1, junk_bytes=9)),
        (Mishap.CRC_SWAPPED, Reason.CRC, Tally(asked=1, crc_errors=1, junk_bytes=9)),
        (Mishap.CUT, Reason.CRC, Tally(asked=1, crc_errors=1, junk_bytes=8)),
        (Mishap.JUNK_BEFORE, None, Tally(asked=1, answers=1, junk_bytes=2)),
        (Mishap.JUNK_AFTER, None, Tally(asked=1, answers=1)),
        (Mishap.TWICE, None, Tally(asked=1, answers=1)),
        (Mishap.WRONG_ADDRESS, Reason.NO_REPLY, Tally(asked=1, timeouts=1, foreign=1)),
        (Mishap.PENDING, Reason.PENDING, Tally(asked=1, pending=1)),
        (Mishap.BUSY, Reason.PENDING, Tally(asked=1, pending=1)),
        (Mishap.FAILED, Reason.REFUSED, Tally(asked=1, exceptions=1)),
    ],
)
def test_mishaps_are_survived_and_counted(mishap: Mishap, expected: Reason | None, tally: Tally, *, echo: bool) -> None:
    slave = md02()
    stand = bench(slave, echo=echo)
    slave.mishap = mishap
    assert reason(stand.line.exchange(BOTH, Patience())) is expected
    assert stand.line.tally(1) == tally
    slave.mishap = None
    answer = stand.line.exchange(BOTH, Patience())
    assert answer == sealed(bytes.fromhex("01 04 04 00 D7 02 22"))
    assert stand.line.echoes is echo


def test_what_comes_after_the_answer_is_dropped_before_the_next_request() -> None:
    slave = md02()
    stand = bench(slave)
    slave.mishap = Mishap.TWICE
    stand.line.exchange(BOTH, Patience())
    slave.mishap = None
    slave.set("temperature", 30)
    assert stand.line.exchange(BOTH, Patience()) == slave.answer(BOTH)
    assert stand.line.stray_bytes == 9


def test_a_late_answer_is_not_taken_for_the_next_one() -> None:
    slow, other = md02(1), md02(2, celsius=3)
    stand = bench(slow, other, delay_s=0.31)
    assert reason(stand.line.exchange(BOTH, Patience(timeout_s=0.2))) is Reason.NO_REPLY
    stand.loop.delay_s = 0.11
    request = sealed(b"\x02" + BOTH[1:-2])
    assert stand.line.exchange(request, Patience(timeout_s=0.2)) == other.answer(request)
    assert stand.line.tally(2) == Tally(asked=1, answers=1, foreign=1)


def test_the_answer_to_an_earlier_request_of_another_length_is_stepped_over() -> None:
    slave = md02()
    stand = bench(slave)
    slave.mishap = Mishap.LATE
    assert reason(stand.line.exchange(BOTH, Patience())) is Reason.NO_REPLY
    assert reason(stand.line.exchange(ONE, Patience())) is Reason.NO_REPLY
    assert stand.line.tally(1).foreign == 1


def test_stale_bytes_delay_the_request_until_the_line_is_silent() -> None:
    stand = bench(md02())
    stand.loop.put(b"READ\r\n", stand.clock.monotonic() - 1)
    stand.loop.put(b"25.1C\r\n", stand.clock.monotonic())
    assert reason(stand.line.exchange(BOTH, Patience())) is None
    assert stand.line.stray_bytes == 13


def test_a_line_that_never_falls_silent_does_not_stall_us() -> None:
    stand = bench(md02())
    start = stand.clock.monotonic()
    stand.loop.put(b"\x00" * 9600, start)
    stand.line.exchange(BOTH, Patience())
    assert stand.loop.sent[0][0] - start < 1.0


def test_an_echo_whose_head_is_cut_off_is_no_damage() -> None:
    stand = bench()
    stand.loop.put(BOTH[1:], stand.clock.monotonic())
    assert reason(stand.line.exchange(BOTH, Patience())) is Reason.NO_REPLY
    assert stand.line.tally(1) == Tally(asked=1, timeouts=1)


def test_a_lost_port_is_a_value_and_nothing_is_counted_against_the_instrument() -> None:
    stand = bench(md02())
    stand.loop.lost = "端口不存在 / port not found"
    assert stand.line.exchange(BOTH, Patience()) == Trouble(Reason.PORT, "端口不存在 / port not found")
    assert stand.line.tally(1) == Tally()
    stand.loop.lost = ""
    assert reason(stand.line.exchange(BOTH, Patience())) is None


@pytest.mark.parametrize("mishap", [Mishap.SILENT, Mishap.CUT, Mishap.CRC_SWAPPED, Mishap.BUSY, Mishap.FAILED])
def test_trouble_is_told_in_both_languages_with_the_address(mishap: Mishap) -> None:
    slave = md02(17)
    slave.mishap = mishap
    outcome = bench(slave).line.exchange(read_request(17, Block(Table.INPUT, 1, 2)), Patience())
    assert isinstance(outcome, Trouble)
    zh, en = outcome.detail.split(" / ")
    assert "17" in zh
    assert "17" in en
    assert not zh.isascii()


@given(
    mishaps=st.lists(st.sampled_from([None, *Mishap]), max_size=12),
    junk=st.lists(st.binary(max_size=3), min_size=12, max_size=12),
    echo=st.booleans(),
)
def test_whatever_happens_only_what_the_instrument_says_becomes_a_value(
    mishaps: list[Mishap | None], junk: list[bytes], *, echo: bool
) -> None:
    slave = md02()
    stand = bench(slave, echo=echo, noise=lambda data: junk[len(data) % 12] + data)
    for number, mishap in enumerate(mishaps):
        slave.mishap = mishap
        count = 1 + number % 2
        outcome = stand.line.exchange(read_request(1, Block(Table.INPUT, 1, count)), Patience())
        assert isinstance(outcome, Trouble) or outcome[3:-2] == bytes.fromhex("00 D7 02 22")[: 2 * count]
        stand.clock.sleep(1.0)
    tally = stand.line.tally(1)
    ends = tally.answers + tally.timeouts + tally.crc_errors + tally.exceptions + tally.pending
    assert tally.asked == len(mishaps) == len(requests(stand.loop)) == ends


def test_a_noisy_line_brings_no_wrong_value_and_no_stall() -> None:
    """One bit in a thousand is wrong: of 2,000 answers about 140 are damaged, and 0.002 wrong ones expected to pass."""
    noise = Random(7)
    slave = md02()
    stand = bench(slave, noise=lambda data: bytes(flipped(byte, noise) for byte in data))
    right = slave.answer(BOTH)
    outcomes = [stand.line.exchange(BOTH, Patience()) for _ in range(2000)]
    assert {outcome for outcome in outcomes if not isinstance(outcome, Trouble)} == {right}
    assert {outcome.reason for outcome in outcomes if isinstance(outcome, Trouble)} == {Reason.CRC}
    tally = stand.line.tally(1)
    assert tally.asked == 2000 == tally.answers + tally.crc_errors
    assert 80 < tally.crc_errors < 220


def flipped(byte: int, noise: Random) -> int:
    return byte ^ sum(1 << bit for bit in range(8) if noise.random() < 1e-3)
