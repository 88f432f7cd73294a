"""How fast one gateway takes readings from a real mosquitto into its archive, and how soon a reading is there.

Goals: at least 50,000 readings per second committed (batches of one minute, 40 channels read every 10 s, the county's
outbox written in the same commits), and at 400 readings per second a p99 of at most 150 ms from the device's spool to
the gateway's commit. The device's acknowledgement is taken for the moment of the commit: it comes a little later.
Beside it, measured in the same run: the same rows written by SQLite alone, which is the limit.
"""

import sqlite3
import statistics
import tempfile
import threading
import time
from pathlib import Path

from edge.link.mqtt import MqttLink
from edge.runtime.clock import SystemClock
from edge.spool.sender import Sender
from edge.spool.store import Spool
from edge.wire import topics
from edge.wire.topics import Kind
from tests.bench.gateway_rig import Rig, rig
from tests.bench.load import Device, Load, load, minutes
from tests.bench.outcome import Outcome
from tests.broker_kit import until

SITES = 2
EVERY_S = 10
MINUTES = 3000
SECONDS = 30.0
RATE_GOAL, P99_GOAL_MS = 50_000, 150


def run(arguments: list[str]) -> Outcome:
    """Throughput, then latency; `--quick` for a short form."""
    quick = "--quick" in arguments
    loads = [load(f"site-{number}", 100 if quick else MINUTES, EVERY_S) for number in range(SITES)]
    with tempfile.TemporaryDirectory() as name, rig(Path(name), SITES) as gateway:
        rate, cpu_ms = _throughput(gateway, loads)
        delays = _delays(gateway, 3.0 if quick else SECONDS)
        limit = _limit(Path(name))
    p99 = statistics.quantiles(delays, n=100)[98]
    figures = {
        "readings": sum(one.readings for one in loads),
        "readings_per_s": round(rate),
        "cpu_ms_per_1000": cpu_ms,
        "of_bare_sqlite": rate / limit,
        "p50_ms": statistics.median(delays),
        "p99_ms": p99,
    }
    return Outcome(figures, held=rate >= RATE_GOAL and p99 <= P99_GOAL_MS)


def _throughput(gateway: Rig, loads: list[Load]) -> tuple[float, float]:
    """Readings per second from the first message to the last acknowledgement, and the gateway's CPU per thousand."""
    devices = [Device(one, gateway.endpoint(one.site)) for one in loads]
    for device in devices:
        device.connect()
    began, cpu = time.monotonic(), gateway.cpu_s()
    while not all(device.done for device in devices):
        for device in devices:
            device.turn()
    seconds, spent = time.monotonic() - began, gateway.cpu_s() - cpu
    for device in devices:
        device.close()
    readings = sum(one.readings for one in loads)
    assert gateway.committed() == readings, f"{gateway.committed()} readings committed, {readings} acknowledged"
    return readings / seconds, spent / readings * 1e6


def _delays(gateway: Rig, seconds: float) -> list[float]:
    """Milliseconds from the spool's commit to its acknowledgement, at ten batches of 40 readings per second."""
    site, clock = "site-0", SystemClock()
    spool = Spool(gateway.folder / "latency.db", clock)
    link = MqttLink(gateway.endpoint(site), clock, (topics.down(site, Kind.ACK, spool.stream),))
    sender, stop = Sender(site, spool, link, clock), threading.Event()
    carrier = threading.Thread(target=sender.run, args=(stop, lambda: None))
    carrier.start()
    until(lambda: sender.connected, "the device is connected")
    delays, batches = [], minutes(60)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        spool.put([next(batches)])
        put = time.monotonic()
        until(lambda: spool.depth().messages == 0, "the batch is acknowledged")
        delays.append((time.monotonic() - put) * 1000)
        time.sleep(max(0.0, put + 0.1 - time.monotonic()))
    stop.set()
    carrier.join()
    spool.close()
    return delays


def _limit(folder: Path, rows: int = 300_000) -> float:
    """Rows per second that SQLite takes of readings alone, in commits of the same size on the same disk."""
    database = sqlite3.connect(folder / "limit.db", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE reading (series, message, wall_ms, mono_ms, value REAL, flag, reasons TEXT)")
    began = time.monotonic()
    for first in range(0, rows, 15_000):
        database.execute("BEGIN")
        database.executemany(
            "INSERT INTO reading VALUES (?, ?, ?, ?, ?, ?, ?)",
            ((row % 40, row // 240, 1_790_000_000_000 + row, row, 7.42, 1, "") for row in range(first, first + 15_000)),
        )
        database.execute("COMMIT")
    database.close()
    return rows / (time.monotonic() - began)
