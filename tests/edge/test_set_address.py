"""`luxi set-address` and `luxi set-baud`: the instrument really moves, is looked for, and nobody else is disturbed."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from commission_kit import Scripted, luxi, profile, wired

from edge.commission.address import RESTART_S, set_address
from edge.commission.baud import set_baud
from edge.commission.dialogue import LeftError
from hil.virtual.lines import PacedLine
from sensors.modbus.asks import Asks
from sensors.modbus.line import Line
from sensors.modbus.loop import Loop
from sensors.modbus.master import Master
from sensors.modbus.port import Framing
from sensors.modbus.slave import Mishap, Slave

USUAL = Framing(9600)


class Restarted(Slave):
    """A unit whose power is taken away and given back after so many requests to other addresses or rates."""

    patience = 5

    def answer(self, request: bytes) -> bytes | None:
        answer = super().answer(request)
        if answer is None:
            self.patience -= 1
            if self.patience == 0:
                self.restart()
        return answer


def test_it_answers_at_the_new_address_only() -> None:
    slave = Slave(profile("xy-md02"), 1)
    line = wired(slave)
    change = set_address(line.hands("xy-md02"), 7, Scripted(), line.clock)
    assert change.done
    assert "7" in change.state
    assert slave.address == 7
    assert len(line.writes) == 1


def test_a_model_without_the_command_is_refused_and_nothing_is_sent() -> None:
    line = wired(Slave(profile("renke-rs-ws"), 1))
    change = set_address(line.hands("renke-rs-ws"), 7, Scripted(), line.clock)
    assert not change.done
    assert "renke-rs-ws" in change.state
    assert line.loop.sent == []


def test_nobody_at_the_old_address_says_where_to_look() -> None:
    line = wired(Slave(profile("yosemitech-y504"), 3))
    change = set_address(line.hands("yosemitech-y504", 1), 7, Scripted(), line.clock)
    assert not change.done
    assert "luxi scan" in change.state
    assert "--from 255" in change.state
    assert line.writes == []


def test_another_model_at_the_old_address_is_left_alone() -> None:
    slave = Slave(profile("insitu-rdo-pro"), 1)
    slave._held[slave.profile.identity[0].table, slave.profile.identity[0].block.start] = 17
    line = wired(slave)
    change = set_address(line.hands("insitu-rdo-pro"), 7, Scripted(), line.clock)
    assert not change.done
    assert line.writes == []


def test_an_address_that_is_taken_is_refused() -> None:
    line = wired(Slave(profile("xy-md02"), 1), Slave(profile("senseair-s8"), 4))
    change = set_address(line.hands("xy-md02"), 4, Scripted(), line.clock)
    assert not change.done
    assert "4" in change.state
    assert line.writes == []


@pytest.mark.parametrize("new", [0, 248, -1, 1000])
def test_an_address_that_the_model_cannot_have_is_refused(new: int) -> None:
    line = wired(Slave(profile("xy-md02"), 1))
    assert not set_address(line.hands("xy-md02"), new, Scripted(), line.clock).done
    assert line.writes == []


def test_the_address_that_it_has_needs_no_write() -> None:
    line = wired(Slave(profile("xy-md02"), 3))
    assert set_address(line.hands("xy-md02", 3), 3, Scripted(), line.clock).done
    assert line.writes == []


def test_a_unit_of_unknown_address_is_reached_if_it_is_alone() -> None:
    slave = Slave(profile("yosemitech-y504"), 99)
    line = wired(slave)
    change = set_address(line.hands("yosemitech-y504", 255), 5, Scripted(["y"]), line.clock)
    assert change.done, change.state
    assert slave.address == 5


def test_a_unit_that_may_not_be_alone_is_not_moved() -> None:
    slave = Slave(profile("yosemitech-y504"), 99)
    line = wired(slave)
    with pytest.raises(LeftError):
        set_address(line.hands("yosemitech-y504", 255), 5, Scripted([""]), line.clock)
    assert slave.address == 99
    assert line.writes == []


def test_a_restart_is_asked_for_and_waited_for() -> None:
    slave = Restarted(profile("xylem-h3553t"), 1)
    line, talk = wired(slave), Scripted()
    change = set_address(line.hands("xylem-h3553t"), 7, talk, line.clock)
    assert change.done, change.state
    assert slave.address == 7
    assert len(talk.said) == 1
    assert talk.shown, "somebody who waits is shown that it goes on"


def test_without_the_restart_it_says_what_is_left_to_do() -> None:
    slave = Slave(profile("xylem-h3553t"), 1)
    line = wired(slave)
    began = line.clock.monotonic()
    change = set_address(line.hands("xylem-h3553t"), 7, Scripted(), line.clock)
    assert not change.done
    assert "luxi read" in change.state
    assert line.clock.monotonic() - began >= RESTART_S


def test_somebody_who_stays_at_the_old_address_is_noticed() -> None:
    mover, stayer = Slave(profile("xy-md02"), 1), Slave(profile("xy-md02"), 1)

    class Woken:
        """Gets its power once the other has moved."""

        def answer(self, request: bytes) -> bytes | None:
            return stayer.answer(request) if mover.address != 1 and request[1] != 6 else None

    line = wired(mover)
    line.loop.instruments.append(Woken())
    change = set_address(line.hands("xy-md02"), 7, Scripted(), line.clock)
    assert not change.done
    assert "7" in change.state
    assert "two at 1" in change.state


# Baud rate


class Tuned:
    """A line in memory on which only those are heard who are tuned to its rate."""

    def __init__(self, *slaves: Slave) -> None:
        self.slaves = slaves
        self.line = wired()
        self.opened: list[Framing] = []

    def __call__(self, framing: Framing) -> Asks:
        self.opened.append(framing)
        tuned = [_Tuned(slave, framing.baudrate) for slave in self.slaves]
        return Master(Line(Loop(tuned, self.line.clock, framing), self.line.clock))


class _Tuned:
    def __init__(self, slave: Slave, rate: int) -> None:
        self._slave, self._rate = slave, rate

    def answer(self, request: bytes) -> bytes | None:
        return self._slave.answer(request) if self._slave.baudrate in {None, self._rate} else None


def tuned(name: str) -> tuple[Slave, Tuned]:
    slave = Slave(profile(name))
    slave.baudrate = 9600
    return slave, Tuned(slave)


def test_it_answers_at_the_new_rate() -> None:
    slave, bench = tuned("comwintop-cwt-soil-thc-s")
    change = set_baud(slave.profile, slave.address, bench, USUAL, 4800, Scripted(), bench.line.clock)
    assert change.done, change.state
    assert slave.baudrate == 4800
    assert [one.baudrate for one in bench.opened] == [9600, 4800]


def test_the_parity_that_comes_with_a_rate_is_used() -> None:
    slave, bench = tuned("xylem-ysi-odo-rtu")
    change = set_baud(slave.profile, slave.address, bench, USUAL, 19200, Scripted(), bench.line.clock)
    assert change.done, change.state
    assert bench.opened[-1] == Framing(19200, "E", 1)


def test_a_restart_is_waited_for() -> None:
    slave, bench = tuned("xy-md02")

    class Power(Scripted):
        def show(self, text: str) -> None:
            super().show(text)
            if len(self.shown) == 4:
                slave.restart()

    change = set_baud(slave.profile, slave.address, bench, USUAL, 19200, Power(), bench.line.clock)
    assert change.done, change.state
    assert slave.baudrate == 19200


def test_without_the_restart_it_still_uses_the_old_rate() -> None:
    slave, bench = tuned("xy-md02")
    change = set_baud(slave.profile, slave.address, bench, USUAL, 19200, Scripted(), bench.line.clock)
    assert not change.done
    assert "9600" in change.state


@pytest.mark.parametrize(("name", "rate"), [("renke-rs-ws", 9600), ("comwintop-cwt-soil-thc-s", 115200)])
def test_what_the_model_cannot_have_is_refused_and_nothing_is_opened(name: str, rate: int) -> None:
    slave, bench = tuned(name)
    change = set_baud(slave.profile, slave.address, bench, USUAL, rate, Scripted(), bench.line.clock)
    assert not change.done
    assert bench.opened == []


def test_one_that_vanishes_is_told_of() -> None:
    slave, bench = tuned("comwintop-cwt-soil-thc-s")

    class Gone(Scripted):
        def show(self, text: str) -> None:
            slave.mishap = Mishap.SILENT

    change = set_baud(slave.profile, slave.address, bench, USUAL, 4800, Gone(), bench.line.clock)
    assert not change.done
    assert "luxi scan" in change.state


# As it is typed


@pytest.fixture
def probe() -> Slave:
    slave = Slave(profile("comwintop-cwt-soil-thc-s"), 1)
    slave.baudrate = 9600
    return slave


@pytest.fixture
def port(tmp_path: Path, probe: Slave) -> Iterator[Path]:
    line = PacedLine(tmp_path / "port", USUAL, [probe])
    yield tmp_path / "port"
    line.close()


def test_typed_on_a_real_pty(port: Path, probe: Slave) -> None:
    model = probe.profile.id
    done = luxi("set-address", model, "--port", port, "--baudrate", 9600, "--to", 5, "--json")
    assert (done.returncode, json.loads(done.stdout)["done"]) == (0, True), done.stderr
    assert probe.address == 5
    done = luxi("set-baud", model, "--port", port, "--address", 5, "--baudrate", 9600, "--to", 4800, locale="zh_CN")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "完成" in done.stdout
    assert probe.baudrate == 4800
    read = ("read", model, "--port", port, "--address", 5, "--once", "--json")
    assert luxi(*read, "--baudrate", 4800).returncode == 0
    deaf = luxi(*read, "--baudrate", 9600)
    assert deaf.returncode == 1
    assert "baud rate" in json.loads(deaf.stdout)["trouble"], "a wrong rate is among what is named"


def test_the_rate_of_a_far_port_is_the_server_s(port: Path) -> None:
    done = luxi("set-baud", "xy-md02", "--port", "socket://127.0.0.1:1", "--to", 19200)
    assert done.returncode == 1
    assert "serial server" in done.stdout


def test_a_port_that_is_not_there_says_what_to_do(tmp_path: Path) -> None:
    done = luxi("set-address", "xy-md02", "--port", tmp_path / "gone", "--to", 3, locale="zh_CN")
    assert done.returncode == 1
    assert "端口不存在" in done.stdout
    assert "现有" in done.stdout
