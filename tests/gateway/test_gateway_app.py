"""The gateway as a process: real brokers on both sides, a device's spool before it, and `kill -9` in the middle."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from broker_kit import RealBroker, listens, until
from gateway_kit import batch, running

from edge.link.endpoint import Endpoint
from edge.link.link import Outgoing
from edge.link.mqtt import MqttLink
from edge.runtime.backoff import Backoff
from edge.runtime.clock import SystemClock
from edge.spool.flight import Flight
from edge.spool.sender import Manners, Sender
from edge.spool.store import Spool
from edge.wire import codec, topics
from edge.wire.messages import Online
from edge.wire.topics import Kind
from gateway.app import ANYWHERE, certified, issued, server_names
from gateway.archive.queries import Overview, overview
from gateway.broker import Listener
from gateway.config import BrokerTable, Config, load
from hil.virtual.county_app import County
from hil.virtual.county_ledger import Ledger

LUXI = (
    "import argparse, sys, gateway.cli; parser = argparse.ArgumentParser();"
    " gateway.cli.add_commands(parser.add_subparsers()); args = parser.parse_args(); sys.exit(args.run(args))"
)


class Gateway:
    """A gateway's process, its file, and its archive."""

    def __init__(self, folder: Path, port: int, county_port: int) -> None:
        self.folder, self.port = folder, port
        self.file = folder / "gateway.toml"
        self.file.write_text(
            f'[gateway]\nid = "g"\ndir = "state"\n[broker]\nport = {port}\n[[sites]]\nid = "pond-1"\nname = "东塘"\n'
            f'[county]\nhost = "127.0.0.1"\nport = {county_port}\n',
            "utf-8",
        )
        config = load(self.file)
        assert isinstance(config, Config), config
        self.config = config
        self.child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            command = [sys.executable, "-c", LUXI, "gateway", "run", "--config", str(self.file)]
            self.child = subprocess.Popen(command, stderr=log)
        until(lambda: listens(self.port), "its broker listens")

    def end(self, how: int) -> int:
        assert self.child is not None
        self.child.send_signal(how)
        code = self.child.wait(15)
        self.child = None
        return code

    def log(self) -> str:
        return (self.folder / "log").read_text("utf-8")

    def seen(self) -> Overview:
        found = overview(self.config.archive)
        assert found is not None
        return found

    def broker_pid(self) -> int | None:
        """The mosquitto that runs from this gateway's configuration."""
        mark = str(self.config.gateway.dir / "broker" / "mosquitto.conf").encode()
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and (entry / "cmdline").read_bytes().split(b"\0")[-2:-1] == [mark]:
                    return int(entry.name)
            except OSError:
                continue
        return None


@pytest.fixture
def gateway(tmp_path: Path, broker: RealBroker, free_port: Callable[[], int]) -> Iterator[Gateway]:
    made = Gateway(tmp_path, free_port(), broker.port)
    yield made
    if made.child is not None:
        made.end(signal.SIGKILL)


class Device:
    """A site's spool and its way to the gateway, as `sense` has them."""

    def __init__(self, gateway: Gateway) -> None:
        files = issued(gateway.config, "pond-1", gateway.folder / "site")
        clock = SystemClock()
        self.spool = Spool(gateway.folder / "spool.db", clock)
        endpoint = Endpoint("127.0.0.1", gateway.port, "pond-1-sense", files.ca, files.certificate, files.key)
        states = [codec.encode_small(Online("sense", online)) for online in (True, False)]
        greeting, will = (Outgoing(topics.up("pond-1", Kind.ONLINE, "sense"), state, retain=True) for state in states)
        self.link = MqttLink(
            endpoint,
            clock,
            (),
            greeting,
            will,
            Backoff(0.05, 0.3),
        )
        self.sender = Sender("pond-1", self.spool, self.link, clock, Manners(Flight(32, patience_s=3)))

    def put(self, first: int, last: int) -> None:
        for number in range(first, last + 1):
            self.spool.put([batch(float(number))])


def test_kill_9_of_gateway_and_brokers_loses_and_doubles_nothing(gateway: Gateway, broker: RealBroker) -> None:
    folder = gateway.folder
    endpoint = Endpoint("127.0.0.1", broker.port, "county", session_s=600)
    listening = MqttLink(endpoint, SystemClock(), ("county/1/#",), backoff=Backoff(0.05, 0.3))
    device = Device(gateway)
    with running(County(listening, folder / "county", SystemClock())):
        until(lambda: listening.connected, "the county listens")
        gateway.start()
        with running(device.sender):
            device.put(1, 60)
            until(lambda: device.spool.depth().messages < 60, "some are acknowledged")
            gateway.end(signal.SIGKILL)
            device.put(61, 120)
            until(lambda: not listens(gateway.port), "its broker went with it")
            gateway.start()
            until(lambda: device.spool.depth().messages < 60, "some more are acknowledged")
            child = gateway.broker_pid()
            assert child is not None
            os.kill(child, signal.SIGKILL)
            device.put(121, 150)
            until(lambda: device.spool.depth().messages == 0, "everything is acknowledged", 30)
            until(lambda: gateway.seen().outbox == {}, "everything is forwarded", 30)
        ledger = Ledger(folder / "county" / "county.db")
        until(lambda: ledger.counts().readings >= 150, "everything is at the county")
        assert ledger.counts().readings == 150
        assert (gateway.seen().messages, gateway.seen().readings) == (150, 150)
        values = [json.loads(payload)["readings"][0]["value"] for _, payload in ledger.messages("readings")]
        assert sorted(values) == [float(number) for number in range(1, 151)]
        until(lambda: gateway.seen().sites[0].programs[0].online is False, "the device's leave is known")
        ledger.close()
    assert gateway.end(signal.SIGTERM) == 0
    device.spool.close()
    assert "Traceback" not in gateway.log()
    assert not listens(gateway.port)


def test_it_ends_when_told_and_takes_its_broker_along(gateway: Gateway) -> None:
    gateway.start()
    pid = gateway.broker_pid()
    assert pid is not None
    assert gateway.end(signal.SIGINT) == 0
    assert not Path(f"/proc/{pid}").exists()
    assert "disconnected" not in gateway.log(), "leaving is no trouble"


def test_two_gateways_share_no_folder_but_an_archive_survives_its_gateway(gateway: Gateway) -> None:
    gateway.start()
    command = [sys.executable, "-c", LUXI, "gateway", "run", "--config", str(gateway.file)]
    second = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert second.returncode == 1
    assert "正在运行" in second.stderr
    assert gateway.end(signal.SIGTERM) == 0
    with closing(sqlite3.connect(gateway.config.archive)) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert {"message", "reading", "alarm", "evidence", "health", "presence", "dead_letter", "outbox"} <= names
    gateway.start()
    assert gateway.end(signal.SIGTERM) == 0


def test_a_broker_that_is_there_is_used_and_left_running(gateway: Gateway) -> None:
    gateway.file.write_text(gateway.file.read_text("utf-8").replace("[broker]", '[broker]\nmode = "external"'), "utf-8")
    tls = certified(gateway.config).server
    theirs = RealBroker(Listener("127.0.0.1", gateway.port, gateway.folder / "theirs", tls))
    theirs.start()
    device = Device(gateway)
    gateway.start()
    with running(device.sender):
        device.put(1, 20)
        until(lambda: device.spool.depth().messages == 0, "everything is acknowledged", 30)
    assert gateway.seen().readings == 20
    assert gateway.broker_pid() is None
    assert gateway.end(signal.SIGTERM) == 0
    assert listens(gateway.port)
    device.spool.close()
    theirs.stop()


def test_tap_shows_what_passes_and_knows_what_was_told_before(gateway: Gateway) -> None:
    gateway.start()
    device = Device(gateway)
    command = [sys.executable, "-c", LUXI, "tap", "luxi/1/#", "--config", str(gateway.file)]
    with running(device.sender):
        device.put(1, 3)
        until(lambda: device.spool.depth().messages == 0, "the legend is in the archive", 30)
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as tap:
            assert tap.stdout is not None
            lines = map(json.loads, tap.stdout)
            presence = next(line for line in lines if line["topic"].startswith("luxi/1/pond-1/up/online/"))
            assert presence["message"]["online"] is True
            device.put(4, 4)
            seen = next(line for line in lines if line["topic"] == "luxi/1/pond-1/up/batch")
            assert seen["message"]["series"][0]["values"] == [4.0]
            ack = next(line for line in lines if line["topic"].startswith("luxi/1/pond-1/down/ack/"))
            assert ack["message"]["runs"] == [[seen["seq"], seen["seq"]]]
            tap.send_signal(signal.SIGINT)
            assert tap.wait(15) == 0
    device.spool.close()
    assert gateway.end(signal.SIGTERM) == 0
    assert "disconnected" not in gateway.log(), "listening in disturbs nobody"


def test_the_server_is_called_by_all_its_names() -> None:
    names = server_names(BrokerTable(host="0.0.0.0", names=("gw.example", "localhost")))
    assert names[:2] == ("gw.example", "localhost")
    assert {"127.0.0.1", "::1"} <= set(names)
    assert len(names) == len(set(names))
    assert not set(names) & set(ANYWHERE)
    assert "10.1.2.3" in server_names(BrokerTable(host="10.1.2.3"))
