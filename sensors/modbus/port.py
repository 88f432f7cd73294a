"""The seam under the line: what a serial port must offer, whether it is a real one or stands in memory."""

from dataclasses import dataclass
from typing import Literal, Protocol


class PortLost(Exception):  # noqa: N818 - it names what happened
    """The port cannot be used now: absent, taken, unplugged. Raised by ports; `Line` turns it into a value."""


@dataclass(frozen=True, slots=True)
class Framing:
    """How characters stand on the line; RTU always has 8 data bits."""

    baudrate: int = 9600
    parity: Literal["N", "E", "O"] = "N"
    stop_bits: Literal[1, 2] = 1

    @property
    def character_s(self) -> float:
        """Seconds that one character takes: start bit, 8 data bits, parity, stop bits."""
        return (9 + (self.parity != "N") + self.stop_bits) / self.baudrate

    @property
    def gap_s(self) -> float:
        """Silence between frames: 3.5 characters of 11 bits, fixed at 1.75 ms above 19200 (V1.02, clause 2.5.1.1)."""
        return 0.00175 if self.baudrate > 19200 else 3.5 * 11 / self.baudrate


class Port(Protocol):
    """One serial port; every method may raise `PortLost`, after which the next call tries to open it again."""

    @property
    def name(self) -> str:
        """The name by which the port is opened."""

    @property
    def framing(self) -> Framing:
        """How characters stand on this line."""

    def write(self, data: bytes) -> None:
        """Hand `data` to the line; does not wait until it has left."""

    def read(self, timeout: float) -> bytes:
        """What has come, waiting up to `timeout` seconds for the first byte; empty if none came."""

    def close(self) -> None:
        """Give the port free."""
