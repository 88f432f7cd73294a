"""`luxi scan`: who stands on a line is found at the right rate and address, and nothing with a side effect is sent."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from edge.commission.scan import GENERIC, Found, Garbled, PortTroubleError, Scanner, Step, framings, probes
from edge.commission.search import doubted, known, told
from edge.reach import typed
from hil.virtual.lines import PacedLine
from sensors.block import Block
from sensors.clock import HandClock
from sensors.modbus.line import Line
from sensors.modbus.loop import Loop
from sensors.modbus.master import Master
from sensors.modbus.port import Framing
from sensors.modbus.slave import Mishap, Slave
from sensors.profile import Profile

PROFILES = known()
USUAL = Framing(9600)
PORT = typed("/dev/ttyUSB0")


def profile(name: str) -> Profile:
    return next(one for one in PROFILES if one.id == name)


def searched(
    slaves: Sequence[Slave], addresses: Sequence[int] = (1, 2, 3), rates: Sequence[Framing] = (USUAL,)
) -> tuple[list[Found], list[Loop]]:
    """What is found on lines that answer at 9600 8N1 alone, and the lines themselves."""
    clock, loops = HandClock(), []

    def opened(framing: Framing) -> Master:
        loops.append(Loop(slaves if framing == USUAL else (), clock, framing))
        return Master(Line(loops[-1], clock))

    events = list(Scanner(opened, clock, PROFILES).scan(rates, addresses))
    steps = [event for event in events if isinstance(event, Step)]
    assert len(steps) == len(addresses) * len(rates)
    assert steps[-1].share == 1.0
    return [event for event in events if isinstance(event, Found)], loops


@pytest.mark.parametrize("name", ["renke-rs-ws", "xy-md02", "yosemitech-y532", "eastron-sdm120", "senseair-s8"])
def test_a_model_is_found_at_its_address(name: str) -> None:
    found, _ = searched([Slave(profile(name), 2)])
    assert [(one.framing, one.address) for one in found] == [(USUAL, 2)]
    assert found[0].candidates


def test_two_on_one_line() -> None:
    found, _ = searched([Slave(profile("xy-md02"), 1), Slave(profile("yosemitech-y504"), 3)])
    assert [one.address for one in found] == [1, 3]


def test_the_right_rate() -> None:
    found, _ = searched([Slave(profile("xy-md02"), 1)], rates=(Framing(4800), USUAL, Framing(19200, "E")))
    assert [one.framing for one in found] == [USUAL]


def test_another_number_of_stop_bits_is_not_another_instrument() -> None:
    clock = HandClock()
    slave = Slave(profile("xy-md02"), 2)
    rates = (Framing(9600, "N", 1), Framing(9600, "N", 2), Framing(4800, "N", 1))
    scanner = Scanner(lambda framing: Master(Line(Loop([slave], clock, framing), clock)), clock, PROFILES)
    found = [event for event in scanner.scan(rates, [1, 2]) if isinstance(event, Found)]
    assert [(one.framing, one.address) for one in found] == [(rates[0], 2), (rates[2], 2)]


def test_nobody() -> None:
    assert searched([])[0] == []


def test_somebody_who_only_refuses_is_there() -> None:
    slave = Slave(profile("xy-md02"), 1)
    slave.mishap = Mishap.BUSY
    found, _ = searched([slave])
    assert [one.address for one in found] == [1]


def test_noise_is_nobody() -> None:
    slave = Slave(profile("xy-md02"), 1)
    slave.mishap = Mishap.CRC_BROKEN
    assert searched([slave])[0] == []


def test_two_at_one_address_are_told_of() -> None:
    clock = HandClock()
    twins = [Slave(profile("xy-md02"), 2, {"temperature": 20.0}), Slave(profile("xy-md02"), 2, {"temperature": 21.0})]
    scanner = Scanner(lambda framing: Master(Line(Loop(twins, clock, framing), clock)), clock, PROFILES)
    found = [event for event in scanner.scan([USUAL], [1, 2]) if not isinstance(event, Step)]
    assert found == [Garbled(USUAL, 2)]
    told_ = doubted(Garbled(USUAL, 2), PORT)
    assert "luxi set-address" in told_
    assert "address 2" in told_


def test_two_at_one_address_on_a_real_pty(tmp_path: Path) -> None:
    twins = [Slave(profile("xy-md02"), 2, {"temperature": value}) for value in (20.0, 21.0)]
    line = PacedLine(tmp_path / "port", USUAL, twins)
    try:
        done = luxi(str(tmp_path / "port"), "--addresses", "1-2", "--baudrate", "9600")
    finally:
        line.close()
    assert done.returncode == 1
    assert "two at this address" in " ".join(done.stderr.split())


def test_only_reads_are_sent_and_none_where_reading_has_a_side_effect() -> None:
    _, loops = searched([Slave(profile("renke-rs-ws"), 1)], addresses=range(1, 5))
    requests = [request for loop in loops for _, request in loop.sent]
    assert requests
    assert {request[1] for request in requests} <= {1, 2, 3, 4}
    barred = [block for one in PROFILES for block in one.barred]
    assert barred, "no model in the library has a side effect: this test proves nothing"
    for request in (one for one in requests if one[0] != 1):  # 1 is there and recognised: that is another matter
        start, count = int.from_bytes(request[2:4]), int.from_bytes(request[4:6])
        for block in barred:
            if block.table.read_function == request[1]:
                assert start >= block.end or start + count <= block.start


def test_probes_leave_out_what_is_barred() -> None:
    victim = profile("deltaohm-hd2016")
    assert victim.barred
    touching = Block(victim.barred[0].table, victim.barred[0].start, 1)
    assert touching not in probes(PROFILES)
    assert GENERIC[0] in probes([profile("xy-md02")])


def test_the_commonest_rate_goes_first() -> None:
    assert framings(PROFILES)[0] == USUAL
    assert len(set(framings(PROFILES))) == len(framings(PROFILES)) >= 4


def test_a_port_that_cannot_be_used_ends_the_search() -> None:
    clock = HandClock()
    lost = Loop((), clock)
    lost.lost = "unplugged"
    with pytest.raises(PortTroubleError, match="unplugged"):
        list(Scanner(lambda _: Master(Line(lost, clock)), clock, PROFILES).scan([USUAL], [1, 2]))


def test_a_find_is_told_in_words() -> None:
    (found,), _ = searched([Slave(profile("xy-md02"), 2)])
    assert "9600 8N1" in told(found, PORT)
    assert "2" in told(found, PORT)
    assert found.candidates[0].profile in told(found, PORT)
    assert told(Found(USUAL, 7, ()), PORT) != told(Found(USUAL, 8, ()), PORT)


def luxi(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hil.cli", "scan", *arguments], capture_output=True, text=True, check=False, timeout=120
    )


def test_on_a_real_pty(tmp_path: Path) -> None:
    line = PacedLine(tmp_path / "port", USUAL, [Slave(profile("xy-md02"), 2)])
    try:
        done = luxi(str(tmp_path / "port"), "--addresses", "1-2", "--baudrate", "9600", "--json")
    finally:
        line.close()
    assert done.returncode == 0, done.stderr
    found = next(one for one in json.loads(done.stdout) if one["parity"] == "N")  # a pty knows no parity
    assert (found["address"], found["baudrate"]) == (2, 9600)
    assert found["candidates"]


def test_a_port_that_is_not_there(tmp_path: Path) -> None:
    done = luxi(str(tmp_path / "gone"), "--addresses", "1")
    assert done.returncode == 1
    assert "gone" in done.stderr


@pytest.mark.parametrize("addresses", ["0", "x", "5-1", "1-300", ""])
def test_wrong_addresses_are_wrong_usage(addresses: str) -> None:
    assert luxi("/dev/null", "--addresses", addresses).returncode == 2
