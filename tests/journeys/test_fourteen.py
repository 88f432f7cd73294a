"""Fourteen things that other gateways were seen to do wrong in the field; each is a test with its statement as a name.

Numbers in brackets name their projects' issues: TB thingsboard-gateway, TG telegraf, ES esphome, EX EdgeX, WX weewx,
Z2 zigbee2mqtt, KU Kura, TE thin-edge.io. The signing of updates (the other half of the 12th) comes with updates.
"""

import logging
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from broker_kit import RealBroker, until, unused_port
from fourteen_kit import AIR, AT, Bus, counted, profile, sense, site_file, spooled, status

from edge.link.endpoint import Endpoint
from edge.link.link import Incoming, Outgoing
from edge.link.memory import MemoryBroker
from edge.link.mqtt import MqttLink
from edge.runtime.backoff import Backoff
from edge.runtime.clock import SystemClock
from edge.runtime.supervisor import Supervisor
from edge.runtime.systemd import Notifier
from edge.spool.flight import Flight
from edge.spool.sender import Manners, Sender
from edge.spool.store import Spool
from edge.wire.messages import Alarm, Batch, Event
from gateway.archive.queries import overview
from gateway.archive.store import Archive
from gateway.authority import Authority
from gateway.broker import Listener
from gateway.ingest import LISTENS, Ingest
from hil.virtual.ports import free_ports
from hil.virtual.tcp import TcpStand
from sensors.block import Block
from sensors.clock import HandClock
from sensors.modbus.asks import Answer, Asks
from sensors.modbus.line import Patience, Trouble
from sensors.modbus.slave import Slave
from sensors.modbus.tcp import Tcp
from sensors.reading import ClockState

DAY_MS = 86_400_000


# 1 (TB #905 and #474, TG #11782, ES #2933: 400 values a second become 0 or 36)
def test_01_one_silent_slave_neither_slows_nor_silences_the_others(tmp_path: Path) -> None:
    slaves = [Slave(profile("renke-rs-ws"), address, AIR) for address in range(1, 6)]
    found = []
    for absent in ((), (4,)):
        bus = Bus(tmp_path / str(len(absent)), slaves, 1.0, absent)
        bus.work(150)
        found.append(counted(bus.readings()))
        bus.spool.close()
    well, one_dead = found
    assert well["i4"] > 280
    assert one_dead["i4"] == 0
    kept = {name: one_dead[name] / well[name] for name in well if name != "i4"}
    assert min(kept.values()) >= 0.95, kept


# 2 (TG #14317: one late answer, and every one after it belongs to the request before)
def test_02_a_late_answer_is_never_taken_for_the_next_one(tmp_path: Path) -> None:
    slave = Slave(profile("renke-rs-ws"), 1, AIR)
    bus = Bus(tmp_path, [slave], 1.0)
    for celsius, delay_s in ((1.0, 0.005), (2.0, 2.3), (3.0, 0.005), (4.0, 0.005)):
        slave.set("temperature", celsius)
        bus.loop.delay_s = delay_s
        bus.work(10)
    told = [one.value for one in bus.readings() if one.channel == "temperature" and one.value is not None]
    assert told == sorted(told), "an old value came after a newer one"
    assert set(told) >= {1.0, 3.0, 4.0}
    bus.spool.close()


def test_02_nor_over_tcp_and_what_follows_is_right_again() -> None:
    slave = Slave(profile("renke-rs-ws"), 1, AIR)
    block = Block(slave.profile.channels[0].table, 0, 2)
    with closing(TcpStand([slave])) as far, closing(Tcp("127.0.0.1", far.port, SystemClock())) as tcp:
        heard: list[Answer | Trouble] = []
        for number in range(12):
            far.delay_s = 0.3 if number in {2, 3, 7} else 0.0
            slave.set("temperature", number)
            heard.append(tcp.read(1, block, Patience(timeout_s=0.2)))
        right = [one.registers[1] == 10 * number for number, one in enumerate(heard) if isinstance(one, Answer)]
    assert all(right)
    assert isinstance(heard[-1], Answer), "it never found its way back"


# 3 (TB #2132: the polling task dies in an outage and never recovers)
class Faulty:
    """A master with a bug: now and then it raises what nobody expects."""

    def __init__(self, sound: Asks, failures: int) -> None:
        self.sound, self.left = sound, failures

    def read(self, address: int, block: Block, patience: Patience) -> Answer | Trouble:
        if self.left:
            self.left -= 1
            raise RuntimeError("planted")
        return self.sound.read(address, block, patience)

    def __getattr__(self, name: str) -> object:
        return getattr(self.sound, name)


def test_03_no_exception_ends_a_polling_task_and_restarts_are_counted(tmp_path: Path) -> None:
    slaves = [Slave(profile("renke-rs-ws"), 1, AIR)]
    bus = Bus(tmp_path, slaves, 1.0)
    service = bus.made(Faulty(bus.master, 3), slaves)  # type: ignore[arg-type]
    supervisor = Supervisor(SystemClock(), Notifier(), look_every_s=0.01, backoff=Backoff(0.01, 0.02))
    stop = threading.Event()
    thread = threading.Thread(target=supervisor.run, args=([service, bus.keeper], stop))
    thread.start()
    try:
        until(lambda: bus.clock.sleep(0.5) is None and bool(counted(bus.readings()).get("i1")), "it reads again")
        state = supervisor.states()[0]
        assert (state.alive, state.restarts) == (True, 3)
        assert "planted" in state.last_fault
    finally:
        stop.set()
        thread.join(10)
        bus.spool.close()


# 4 (TB #2124, TG #18283: the buffer goes with the old configuration)
@pytest.mark.journey
def test_04_no_change_of_the_configuration_touches_the_spool(tmp_path: Path, port: Path) -> None:
    seen: list[tuple[str, set[int]]] = []
    for change in ({}, {"bus": "other", "name": "barn"}, {"gateway": 2}, {"port": Path("/dev/tty-nowhere")}):
        with sense(site_file(tmp_path, **{"port": port, **change})):  # type: ignore[arg-type]
            pass
        with closing(Spool(tmp_path / "state" / "sense.db", SystemClock())) as spool:
            numbers = {one.seq for one in spool.waiting(10_000)}
            seen.append((spool.stream, numbers))
            instruments = {reading.instrument for reading in spooled(spool)}
    assert len({stream for stream, _ in seen}) == 1
    for (_, before), (_, after) in pairwise(seen):
        assert before < after
    assert seen[-1][1] == set(range(1, max(seen[-1][1]) + 1)), "a number is missing"
    assert instruments == {"air", "barn"}


# 7 (WX #72, thin-edge's modbus plug-in: a clock set back stops polling until the old time is reached)
@pytest.mark.parametrize("steps_ms", [(DAY_MS, -DAY_MS), (-AT.wall_ms, 0), (-DAY_MS, -DAY_MS, 0)])
def test_07_steps_of_the_wall_clock_neither_stop_polling_nor_delete_nor_reorder(
    tmp_path: Path, steps_ms: Sequence[int]
) -> None:
    bus = Bus(tmp_path, [Slave(profile("renke-rs-ws"), 1, AIR)], 10.0)
    bus.work(600)
    for step_ms in steps_ms:
        bus.clock.step_ms = step_ms
        bus.work(600)
    times = [reading.at.mono_ms for reading in bus.readings() if reading.channel == "temperature"]
    assert len(times) == 60 * (1 + len(steps_ms))
    assert times == sorted(times)
    assert all(later - earlier <= 10_100 for earlier, later in pairwise(times))
    assert {reading.at.boot for reading in bus.readings()} == {"hand"}
    bus.spool.close()


# 8 (TE's bridge, VT #1150: "handled" and never arrived)
def test_08_nothing_is_deleted_before_it_is_archived_and_what_comes_twice_is_kept_once(tmp_path: Path) -> None:
    clock, broker = HandClock(), MemoryBroker()
    spool, path = Spool(tmp_path / "spool.db", clock), tmp_path / "archive.db"
    link = broker.link()
    sender = Sender("farm", spool, link, clock, Manners(Flight(4, reserve=0, patience_s=10)))
    spool.put([Batch("b", ClockState.UNSET, None, 0, number, ()) for number in range(6)])
    for _ in range(3):  # the broker confirms, and nobody keeps
        sender.turn(0)
        clock.sleep(11)
    assert link.confirmed()
    assert spool.depth().messages == 6
    archive = Archive(path)
    ingest = Ingest(broker.link(LISTENS), archive, frozenset({"farm"}), clock)
    ingest.turn(0)
    for _ in range(20):
        sender.turn(0)
        again = [one for one in broker.carried if one.topic.endswith("/batch")]
        broker.carry(again[-1])  # as a broker does that doesn't know whether it had delivered
        ingest.turn(0)
        clock.sleep(11)
    assert spool.depth().messages == 0
    seen = overview(path)
    assert seen is not None
    assert seen.messages == 6
    archive.close()
    spool.close()


# 9 (Z2 #31864: no more tries after 30 s; Z2 #4854: "offline" stays after a restart of the broker; TG #15418)
def test_09_it_never_gives_up_and_says_again_that_it_is_there(tmp_path: Path) -> None:
    # A port that the kernel gives to nobody: in so many tries we would else get connected to ourselves.
    broker, clock = RealBroker(Listener("127.0.0.1", free_ports(1)[0], tmp_path / "b")), HandClock()
    greeting, will = (Outgoing("here", word, retain=True) for word in (b"online", b"offline"))
    link = MqttLink(Endpoint("127.0.0.1", broker.port, "c"), clock, ("here",), greeting, will)
    while clock.monotonic() < 7 * 86_400:
        assert link.pump(3600) == []
    heard: list[Incoming] = []
    for life in (1, 2):
        broker.start()
        began = clock.monotonic()
        until(lambda: bool(heard.extend(link.pump(1)) or heard), "it says that it is there")
        assert link.epoch == life
        assert clock.monotonic() - began <= 300
        assert {one.payload for one in heard} == {b"online"}
        heard.clear()
        broker.kill()
        shutil.rmtree(tmp_path / "b" / "data")  # it forgets what it retained
        until(lambda: link.pump(0.05) is not None and not link.connected, "the loss is noticed")
    link.close()


def test_09_waits_grow_are_jittered_and_bounded() -> None:
    waits = [[Backoff().wait(failures, luck / 10) for luck in range(11)] for failures in range(1, 40)]
    assert all(len(set(some)) == 11 for some in waits)
    assert waits[0][0] == 1.0
    assert max(map(max, waits)) == 300
    assert min(waits[-1]) == 150


# 10 (KU's priorities, EX #1526 and #1516)
def test_10_after_an_outage_alarms_go_first_and_no_more_is_under_way_than_the_window(tmp_path: Path) -> None:
    clock, broker = HandClock(), MemoryBroker()
    spool = Spool(tmp_path / "spool.db", clock)
    sender = Sender("farm", spool, broker.link(), clock, Manners(Flight(8, reserve=0, patience_s=30)))
    spool.put([Batch("b", ClockState.UNSET, None, 0, number, ()) for number in range(500)])
    spool.put([Alarm("smoke", "north", "e-1", Event.OPENED, AT, 0.9)])
    for _ in range(5):
        sender.turn(0)
    kinds = [one.topic.split("/")[4] for one in broker.carried if "/legend/" not in one.topic]
    assert kinds == ["alarm", *["batch"] * 7]
    spool.close()


# 11 (TB #1532, #1227: pip at the start of the service)
WATCHED = """
import sys
def hook(event, arguments):
    if event == "socket.connect" and isinstance(arguments[1], tuple) and arguments[1][0] not in ("127.0.0.1", "::1"):
        print("REACHED", event, arguments[1], file=sys.stderr)
    if event in ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.system", "urllib.Request", "socket.getaddrinfo"):
        if not (event == "socket.getaddrinfo" and arguments[0] in ("127.0.0.1", b"127.0.0.1")):
            print("REACHED", event, arguments[0], file=sys.stderr)
    if event == "import" and arguments[0].split(".")[0] in ("pip", "ensurepip"):
        print("REACHED", event, arguments[0], file=sys.stderr)
sys.addaudithook(hook)
if sys.argv[1:2] == ["reach"]:
    import socket
    socket.socket().connect_ex(("192.0.2.1", 9))
else:
    from hil.cli import main
    sys.exit(main())
"""


@pytest.mark.journey
def test_11_nothing_is_fetched_and_nobody_called_at_run_time(tmp_path: Path, port: Path) -> None:
    with sense(site_file(tmp_path, port), sys.executable, "-c", WATCHED) as child:
        child.terminate()
        errors = child.communicate(timeout=30)[1]
    assert "REACHED" not in errors
    with closing(Spool(tmp_path / "state" / "sense.db", SystemClock())) as spool:
        assert counted(spooled(spool))["air"] > 0


def test_11_and_a_call_would_be_seen() -> None:
    namespace = [sys.executable, "-c", WATCHED, "reach"]
    with suppress(subprocess.TimeoutExpired):
        done = subprocess.run(namespace, capture_output=True, text=True, check=False, timeout=30)
        assert "REACHED socket.connect ('192.0.2.1', 9)" in done.stderr


@pytest.mark.journey
def test_11_it_measures_where_there_is_no_network_at_all(tmp_path: Path, port: Path) -> None:
    alone = ("unshare", "-n") if subprocess.run(["unshare", "-n", "true"], check=False).returncode == 0 else ()
    if not alone:
        pytest.skip("needs the right to make a network namespace")
    with sense(site_file(tmp_path, port), *alone, sys.executable, "-m", "hil.cli"):
        health = status(tmp_path / "site.toml")
        assert health is not None
        assert not health.connected
        assert all(service.alive for service in health.services)
    with closing(Spool(tmp_path / "state" / "sense.db", SystemClock())) as spool:
        assert counted(spooled(spool))["air"] > 0


# 12 (RAUC #353 and #581: "certificate is not yet valid", and nobody thinks of the clock)
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_12_a_wrong_clock_is_called_by_its_name(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """To a clock three years ahead a certificate of today has ended, as one of three years ago has for us."""
    authority = Authority(tmp_path / "ca", datetime.now(UTC) - timedelta(days=3 * 365))
    server = authority.ensure_server(tmp_path / "server", ("127.0.0.1",))
    mine = authority.ensure_client(tmp_path / "client", "site", "farm")
    broker = RealBroker(Listener("127.0.0.1", unused_port(), tmp_path / "b", server))
    broker.start()
    endpoint = Endpoint("127.0.0.1", broker.port, "c", mine.ca, mine.certificate, mine.key)
    link = MqttLink(endpoint, SystemClock(), backoff=Backoff(0.05, 0.1))
    with caplog.at_level(logging.WARNING):
        for _ in range(5):
            link.pump(0.05)
    assert not link.connected
    assert "时钟不对" in caplog.text
    assert "the clock is wrong" in caplog.text
    link.close()
    broker.stop()


# 13 (Z2 #20231, #8714: "cannot lock port" until somebody reboots)
@pytest.mark.journey
def test_13_who_holds_the_serial_port_is_named_by_its_pid(tmp_path: Path) -> None:
    near, far = os.openpty()
    path = tmp_path / "by-id"
    path.symlink_to(os.ttyname(far))
    command = [sys.executable, "-m", "hil.cli", "read", "renke-rs-ws", "--port", str(path), "--once"]
    with sense(site_file(tmp_path, path)) as holder:
        os.close(far)  # from now on nobody has it but `sense`
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    os.close(near)
    assert done.returncode == 1
    assert f"{holder.pid} (" in done.stdout + done.stderr


# 14 (TB #1678: loops that turn each millisecond)
def wake_ups(pid: int) -> int:
    """How often the threads of a process have gone to sleep of their own will."""
    found = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        words = (task / "status").read_text().split("voluntary_ctxt_switches:")
        found += int(words[1].split()[0])
    return found


@pytest.mark.journey
def test_14_an_idle_program_sleeps(tmp_path: Path) -> None:
    """Connected, and with an instrument that is asked once an hour: some tens of turns a second, not a thousand."""
    authority = Authority(tmp_path / "ca", datetime.now(UTC))
    server = authority.ensure_server(tmp_path / "server", ("127.0.0.1",))
    broker = RealBroker(Listener("127.0.0.1", unused_port(), tmp_path / "b", server))
    broker.start()
    site = site_file(tmp_path, Path("/dev/tty-nowhere"), broker.port)
    site.write_text(site.read_text().replace('"1s"', '"1h"'))
    with sense(site) as child:
        until(lambda: (health := status(site)) is not None and health.connected, "it is connected", 30)
        began, before = time.monotonic(), wake_ups(child.pid)
        time.sleep(5)
        turns = (wake_ups(child.pid) - before) / (time.monotonic() - began)
    broker.stop()
    assert 1 < turns < 100, f"{turns:.0f} turns a second"
