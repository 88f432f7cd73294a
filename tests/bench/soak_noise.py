"""A line with one bit in a thousand wrong and random junk around the frames: what is accepted, and what is counted.

Goal: no wrong value beyond what a CRC of 16 bits can't see, no stall, no crash. The line, the pacing and the instrument
are simulated on a hand-cranked clock, so that 100,000 transactions take minutes and not days.
"""

import time
from random import Random

from sensors.block import Block, Table
from sensors.catalogue import Catalogue
from sensors.clock import HandClock
from sensors.modbus.frame import read_request
from sensors.modbus.line import Line, Patience, Trouble
from sensors.modbus.loop import Loop
from sensors.modbus.slave import Slave
from sensors.profile import Profile
from tests.bench.outcome import Outcome

TRANSACTIONS = 100_000
BIT_ERRORS = 1e-3
JUNK = 3
PATIENCE = Patience(0.3)


class Noise:
    """Flips bits and puts up to `JUNK - 1` random bytes before and after what passes; counts what it spoilt."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.spoilt = 0

    def __call__(self, frame: bytes) -> bytes:
        flipped = bytes(byte ^ self._flips() for byte in frame)
        self.spoilt += flipped != frame
        return self._junk() + flipped + self._junk()

    def _flips(self) -> int:
        return sum(1 << bit for bit in range(8) if self.random.random() < BIT_ERRORS)

    def _junk(self) -> bytes:
        return self.random.randbytes(self.random.randrange(JUNK))


def run(arguments: list[str]) -> Outcome:
    """So many transactions as the first argument says, else all; the seed may follow."""
    transactions = int(arguments[0]) if arguments else TRANSACTIONS
    noise = Noise(int(arguments[1]) if len(arguments) > 1 else 1)
    model = Catalogue().find("xy-md02")
    assert isinstance(model, Profile)
    slave = Slave(model, 1, {"temperature": 21.5, "relative_humidity": 54.6})
    clock = HandClock()
    line = Line(Loop([slave], clock, noise=noise), clock)
    request = read_request(1, Block(Table.INPUT, 1, 2))
    right = slave.answer(request)
    wrong, began, spent = 0, time.monotonic(), 0.0
    for _ in range(transactions):
        before = clock.monotonic()
        outcome = line.exchange(request, PATIENCE)
        wrong += not isinstance(outcome, Trouble) and outcome != right
        spent = max(spent, clock.monotonic() - before)
    tally = line.tally(1)
    expected = noise.spoilt / 2**16
    figures = {
        "transactions": transactions,
        "spoilt": noise.spoilt,
        "answers": tally.answers,
        "crc_errors": tally.crc_errors,
        "timeouts": tally.timeouts,
        "junk_bytes": tally.junk_bytes,
        "stray_bytes": line.stray_bytes,
        "wrong": wrong,
        "wrong_expected_of_crc16": expected,
        "longest_s": spent,
        "seconds": time.monotonic() - began,
    }
    accounted = tally.answers + tally.crc_errors + tally.timeouts + tally.exceptions + tally.pending + tally.foreign
    # Beyond what is expected, chance may add some: more than six standard deviations is no chance any more.
    held = wrong <= expected + 6 * expected**0.5 + 1 and accounted >= transactions and spent < 2.0
    return Outcome(figures, held)
