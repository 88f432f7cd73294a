"""The measure of octets per reading: it holds, and what it compares with is really what it says."""

import json

import cbor2

from edge.wire import columns
from tests.bench import bench_bytes
from tests.bench.bench_bytes import decimals, floats, run


def test_half_an_hour_holds_the_goal() -> None:
    outcome = run(["30"])
    assert outcome.held, outcome.figures
    assert 0.5 < float(outcome.figures["decimals_1s"]) < float(outcome.figures["worst"])


def test_floats_have_no_short_form() -> None:
    (minute,) = floats(60, 1)
    assert all(len(repr(reading.value)) > 12 for reading in minute)
    (batch,) = columns.pack(minute)
    assert len(batch.series) == 40


def test_peers_say_the_same_in_their_own_form() -> None:
    (minute,) = decimals(30, 1)
    rows = bench_bytes._by_device(minute)
    values = {
        (device, name): value
        for device, times in rows.items()
        for row in times
        for name, value in row["values"].items()
    }
    assert len(values) == 40
    assert sum(len(row["values"]) for times in rows.values() for row in times) == len(minute) == 80
    assert json.loads(json.dumps(rows)) == rows
    assert len(cbor2.loads(cbor2.dumps(list(bench_bytes._records(minute))))) == 80
