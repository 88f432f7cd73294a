"""The seam above a bus: what it takes to ask the instruments on it, over a serial line or a network."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sensors.block import Block
from sensors.modbus.line import Patience, Tally, Trouble


@dataclass(frozen=True, slots=True)
class Answer:
    """The registers of a block in order, 0..65535 each; for tables of bits 0 or 1 each."""

    registers: tuple[int, ...]


class Asks(Protocol):
    """Asks the instruments on one bus, one at a time, from one thread; expected trouble is a value."""

    def read(self, address: int, block: Block, patience: Patience) -> Answer | Trouble:
        """The contents of `block` at the instrument `address`, or why there are none."""

    def write(
        self, address: int, block: Block, contents: Sequence[int], patience: Patience, *, single: bool = False
    ) -> Trouble | None:
        """Write `contents` to `block` of the instrument, with functions 05 and 06 if `single`; None once confirmed."""

    def command(self, address: int, body: bytes, reply: int, patience: Patience) -> bytes | Trouble:
        """Send `body` (function and data); the answer as an RTU frame of `reply` bytes, or why there is none."""

    def tally(self, address: int) -> Tally:
        """The account of the instrument at `address`; may be asked from any thread."""

    def close(self) -> None:
        """Give port or connection free; a later request opens it again."""
