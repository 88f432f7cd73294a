"""The stand-in county: each id once, pictures as files, foreign messages without harm, its own broker."""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from broker_kit import listens, until

from edge.link.link import Incoming, Outgoing
from edge.link.memory import MemoryBroker
from hil.virtual import county
from hil.virtual.county_app import County
from hil.virtual.county_ledger import Counts, Ledger, told
from sensors.clock import HandClock

READING = {
    "instrument": "y504-1",
    "channel": "do",
    "code": "w01009",
    "value": 8.5,
    "unit": "mg/L",
    "flag": 1,
    "reasons": [],
    "time": "2026-09-21T22:13:20.123+08:00",
    "mono_ms": 5,
}
STAMPED = {"site": "pond-1", "boot": "b", "clock": "unset", "clock_error_ms": None}
JPEG = b"\xff\xd8 a picture"


def readings(number: int, count: int = 1) -> Outgoing:
    message = {"id": f"pond-1/s/{number}", **STAMPED, "readings": [READING] * count}
    return Outgoing("county/1/pond-1/readings", json.dumps(message).encode())


def test_each_id_is_written_down_once_and_counted(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "county.db")
    first = [Incoming(one.topic, one.payload) for one in (readings(1, 3), readings(2, 2))]
    ledger.record(first, 1000)
    ledger.record([first[0], Incoming("county/1/pond-1/alarm", b'{"id":"pond-1/s/3","kind":"smoke"}')], 2000)
    assert ledger.counts() == Counts(messages=3, readings=5, alarms=1, pictures=0, twice=1)
    assert [name for name, _ in ledger.messages("readings")] == ["pond-1/s/1", "pond-1/s/2"]
    rows = ledger._db.execute("SELECT times, first_ms, last_ms FROM message ORDER BY rowid").fetchall()
    assert rows == [(2, 1000, 2000), (1, 1000, 1000), (1, 2000, 2000)]
    ledger.close()


@pytest.mark.parametrize("payload", [b"", b"hello", b"[]", b'{"no":"id"}', b"\xff\xfe", b'{"id":7}'])
def test_a_foreign_message_does_no_harm_and_is_told_apart(tmp_path: Path, payload: bytes) -> None:
    ledger = Ledger(tmp_path / "county.db")
    for _ in range(2):
        ledger.record([Incoming("county/1/pond-1/readings", payload), Incoming("county/1/note", payload)], 1)
    assert ledger.counts() == Counts(messages=2, readings=0, alarms=0, pictures=0, twice=2)
    ledger.close()


def test_pictures_become_files_and_lines(tmp_path: Path) -> None:
    broker, said = MemoryBroker(), list[str]()
    service = County(broker.link("county/1/#"), tmp_path, HandClock(), said.append)
    ledger = Ledger(tmp_path / "county.db")
    service.turn(ledger, 0)
    name = sha256(JPEG).hexdigest()
    broker.carry(Outgoing(f"county/1/pond-1/picture/{name}", JPEG))
    broker.carry(readings(1, 9))
    service.turn(ledger, 0)
    assert (tmp_path / "pictures" / f"{name}.jpg").read_bytes() == JPEG
    assert ledger.counts() == Counts(messages=2, readings=9, alarms=0, pictures=1, twice=0)
    assert said[0] == f"county/1/pond-1/picture/{name}  JPEG {len(JPEG)} B"
    assert said[1].startswith('county/1/pond-1/readings  {"id"')
    ledger.close()


def test_a_line_stays_a_line() -> None:
    line = told(Incoming("county/1/x", b"a" * 5000))
    assert len(line) < 250 and line.endswith("…")


LUXI = (
    "import argparse, sys; from hil.virtual import county; parser = argparse.ArgumentParser();"
    " county.add_commands(parser.add_subparsers()); args = parser.parse_args(); sys.exit(args.run(args))"
)


@pytest.mark.parametrize(
    "options", [[], ["--username", "gateway", "--password-file", "secret"]], ids=["open", "locked"]
)
def test_it_runs_with_a_broker_of_its_own(tmp_path: Path, free_port: Callable[[], int], options: list[str]) -> None:
    """mosquitto_pub is the gateway; it speaks on and on, because nobody says when the county has subscribed."""
    port = free_port()
    (tmp_path / "secret").write_text("open sesame\n")
    county_command = [sys.executable, "-c", LUXI, "county", "--dir", "ledger", "--port", str(port), "--for", "3"]
    known = ["-u", "gateway", "-P", "open sesame"] if options else []
    speak = ["mosquitto_pub", "-p", str(port), "-t", "county/1/a/alarm", "-q", "1"]
    done = subprocess.Popen([*county_command, "--print", *options], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    with done as running:
        until(lambda: listens(port), "its broker listens")
        while running.poll() is None:
            subprocess.run([*speak, *known, "-m", '{"id":"a/s/1"}'], check=False, capture_output=True)
            refused = subprocess.run([*speak, "-m", '{"id":"a/s/2"}'], check=False, capture_output=True).returncode
            assert bool(refused) is bool(options) or running.poll() is not None or not listens(port)
        assert running.stdout is not None
        assert 'county/1/a/alarm  {"id":"a/s/1"}' in running.stdout.read().splitlines()
    assert running.returncode == 0
    ledger = Ledger(tmp_path / "ledger" / "county.db")
    assert ledger.counts().alarms == (1 if options else 2)
    ledger.close()
    assert not listens(port), "its broker went with it"


def test_the_command_takes_its_plan(tmp_path: Path) -> None:
    parser = argparse.ArgumentParser()
    county.add_commands(parser.add_subparsers())
    args = parser.parse_args(["county", "--dir", str(tmp_path), "--port", "1999", "--external", "--for", "2.5"])
    assert (args.dir, args.port, args.external, args.seconds, args.prefix) == (tmp_path, 1999, True, 2.5, "county/1")
