"""The polling and idling benchmarks in their short form (ours alone, for completeness), and the parts of their rigs."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from hil.virtual.ports import free_ports
from tests.bench import bench_idle, bench_poll
from tests.bench.bench_poll import DEVICES, Cost
from tests.bench.modbus_farm import farm
from tests.bench.thingsboard import AbsentError, _configure, python
from tests.bench.usage import usage


def test_every_device_is_read_in_every_cycle_and_every_value_arrives() -> None:
    outcome = bench_poll.run(["--alone", "--for", "4"])
    assert outcome.held, outcome.figures
    assert int(outcome.figures["ours_requests"]) == pytest.approx(4 * DEVICES, abs=DEVICES), "one request in each cycle"


def test_nothing_is_asked_while_nothing_is_due() -> None:
    figures = bench_idle.run(["--for", "2"]).figures
    assert figures["asked"] == 0
    assert 20 < float(figures["resident_mb"]) < 100


@pytest.mark.parametrize(
    "cost",
    [
        Cost(1.0, 40.0, cycles=58, gap_s=1.0, requests=580, values=24_000),
        Cost(1.0, 40.0, cycles=60, gap_s=2.0, requests=600, values=24_000),
        Cost(1.0, 40.0, cycles=60, gap_s=1.0, requests=600, values=23_599),
    ],
)
def test_a_cycle_or_a_value_too_few_is_noticed(cost: Cost) -> None:
    assert not cost.complete(60.0)
    assert Cost(1.0, 40.0, cycles=59, gap_s=1.1, requests=590, values=23_600).complete(60.0)


def test_the_farm_tells_whole_cycles_from_requests() -> None:
    ports = free_ports(2)
    request = bytes.fromhex("0001 0000 0006 01 03")
    with farm(40, ports) as devices:
        for start, count in ((0, 20), (20, 20), (0, 40)):
            with socket.create_connection(("127.0.0.1", ports[1])) as connection:
                connection.sendall(request + start.to_bytes(2) + count.to_bytes(2))
                assert connection.recv(300)[8] == 2 * count
        one, other = devices.seen()
    assert (one.requests, one.cycles) == (0, ())
    assert (other.requests, len(other.cycles)) == (3, 2)
    assert other.between(other.cycles[0], other.cycles[1]) == other.cycles[:1]


def test_the_cost_of_a_process_is_that_of_its_children_too() -> None:
    burn = "t = __import__('time'); e = t.process_time() + 0.2\nwhile t.process_time() < e: pass\n"
    nested = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}]); print(1, flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", nested], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout
        child.stdout.readline()
        cost = usage(child.pid)
        child.communicate(b"\n")
    assert cost.cpu_s >= 0.2
    assert 5 < cost.resident_mb <= cost.peak_mb


def test_a_peer_that_cannot_be_had_is_told_and_not_tried_for_ever(tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text(f"{(tmp_path / 'no-such-package').as_uri()}\n")
    with pytest.raises(AbsentError, match="no-such-package"):
        python(tmp_path / "home", lock)
    assert not (tmp_path / "home" / "made-from.txt").exists()


@pytest.mark.parametrize(("layout", "series"), [("tags", 40), ("wide", 1)])
def test_the_peer_is_told_to_read_the_same(tmp_path: Path, layout: str, series: int) -> None:
    import json

    _configure(tmp_path, [1502, 1503], 40, 1883, layout)
    slaves = json.loads((tmp_path / "modbus.json").read_text())["master"]["slaves"]
    assert [slave["port"] for slave in slaves] == [1502, 1503]
    assert {len(slave["timeseries"]) for slave in slaves} == {series}
    assert {slave["pollPeriod"] for slave in slaves} == {1000}
