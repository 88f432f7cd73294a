"""How many octets of MQTT payload one reading costs: value, time and quality of a 40-channel site, an hour long.

Goal: at most 6 in batches of one minute, the legend counted, in the hardest case: each channel read once a minute, its
values 32-bit floats without a short decimal form. Beside it the same hour as thingsboard-gateway's JSON (its gateway
API, one message a minute) and as SenML in CBOR (RFC 8428, one pack a minute); neither of them carries any quality.
"""

import json
import struct
from collections.abc import Iterator, Sequence
from itertools import groupby, islice

import cbor2

from edge.wire import codec, columns
from edge.wire.messages import Batch
from sensors.reading import Reading
from tests.bench.load import minutes
from tests.bench.outcome import Outcome

STREAM = "0123456789"
GOAL = 6.0
FIRST_SEQ = 100_000
"""Numbers grow with the years, and with them the envelopes."""


def run(arguments: list[str]) -> Outcome:
    """An hour of each kind; the first argument may say how many minutes instead."""
    long = int(arguments[0]) if arguments else 60
    figures: dict[str, float | int | str] = {}
    for every_s in (60, 10, 1):
        for name, hour in (("decimals", decimals(every_s, long)), ("floats", floats(every_s, long))):
            ours, json_size, senml = (sizes(hour) for sizes in (ours_size, thingsboard_size, senml_size))
            figures |= {f"{name}_{every_s}s": ours, f"{name}_{every_s}s_of_json": ours / json_size}
            figures |= {f"{name}_{every_s}s_of_senml": ours / senml}
    worst = max(float(value) for name, value in figures.items() if name.endswith("s"))
    return Outcome({"worst": worst, **figures}, held=worst <= GOAL)


Hour = Sequence[Sequence[Reading]]
"""Readings, minute by minute."""


def decimals(every_s: int, long: int) -> Hour:
    """Values with two decimals, as most instruments send them."""
    return [list(columns.unpack(batch)) for batch in islice(minutes(every_s), long)]


def floats(every_s: int, long: int) -> Hour:
    """Values as an IEEE 754 float of 32 bits with every bit in use."""
    return [[_floating(reading, at) for at, reading in enumerate(one)] for one in decimals(every_s, long)]


def _floating(reading: Reading, at: int) -> Reading:
    assert reading.value is not None
    noisy = reading.value * (1 + (at * 0.6180339887 % 1) * 1e-3)
    (value,) = struct.unpack("<f", struct.pack("<f", noisy))
    names = (reading.instrument, reading.channel, reading.unit, reading.code)
    return Reading(*names, value, reading.quality, reading.at)


def ours_size(hour: Hour) -> float:
    """Octets per reading of payload as the sender publishes it, with each legend once."""
    encoder, legends, size = codec.Encoder(), set[bytes](), 0
    for seq, batch in enumerate(_batches(hour), FIRST_SEQ):
        parts = codec.parted(encoder.encode(batch))
        size += len(codec.seal(STREAM, seq, parts.body))
        legends.add(parts.legend)
    return (size + sum(map(len, legends))) / _count(hour)


def thingsboard_size(hour: Hour) -> float:
    """The same as `v1/gateway/telemetry` of thingsboard-gateway: by device, a row for each time."""
    return sum(len(json.dumps(_by_device(minute), separators=(",", ":"))) for minute in hour) / _count(hour)


def _by_device(minute: Sequence[Reading]) -> dict[str, list[dict[str, object]]]:
    return {
        device: [
            {"ts": wall_ms, "values": {one.channel: one.value for one in row}}
            for wall_ms, row in groupby(sorted(rows, key=_when), _when)
        ]
        for device, rows in groupby(sorted(minute, key=_whose), _whose)
    }


def senml_size(hour: Hour) -> float:
    """The same as SenML packs in CBOR, labels of RFC 8428 table 4; names and units with a channel's first record."""
    return sum(len(cbor2.dumps(list(_records(minute)))) for minute in hour) / _count(hour)


def _records(minute: Sequence[Reading]) -> Iterator[dict[int, object]]:
    base = minute[0].at.wall_ms
    for names, rows in groupby(sorted(minute, key=_channel), _channel):
        head: dict[int, object] = {-2: ":".join(names[:2]), -3: base / 1000, -4: names[2]}
        for one in rows:
            yield {**head, 2: one.value, 6: (one.at.wall_ms - base) / 1000}
            head = {}


def _batches(hour: Hour) -> Iterator[Batch]:
    for minute in hour:
        yield from columns.pack(minute)


def _count(hour: Hour) -> int:
    return sum(map(len, hour))


def _when(reading: Reading) -> int:
    return reading.at.wall_ms


def _whose(reading: Reading) -> str:
    return reading.instrument


def _channel(reading: Reading) -> tuple[str, str, str]:
    return reading.instrument, reading.channel, reading.unit
