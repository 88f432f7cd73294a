"""How the instruments at a place are asked: one way from a port to what asks there, for `sense` and for every tool."""

from pathlib import Path
from typing import Literal

from edge.ports import Place, Way, parsed
from sensors.clock import Clock
from sensors.modbus.asks import Asks
from sensors.modbus.port import Framing
from sensors.profile import Profile

_DEVICES = Path("/dev")


def master(place: Place, framing: Framing, clock: Clock) -> Asks:
    """What asks the instruments at `place`; `framing` is that of the serial line, here or behind a serial server.

    A site without the one kind of bus shall not pay for its libraries: 3 MB for Modbus TCP, 0.5 MB for a serial line.
    """
    if place.way is Way.TCP:
        from sensors.modbus.tcp import Tcp  # noqa: PLC0415

        return Tcp(place.host, place.number, clock)
    from sensors.modbus.line import Line  # noqa: PLC0415
    from sensors.modbus.master import Master  # noqa: PLC0415
    from sensors.modbus.tty import Tty  # noqa: PLC0415

    return Master(Line(Tty(place.text, framing), clock))


def typed(text: str) -> Place:
    """The place that a person typed: as in a site file, or a serial port by its path from here or its bare name.

    ValueError, in Chinese and English, where it names none.
    """
    if "://" in text or text.startswith("/"):
        return parsed(text)
    named = _DEVICES / text
    return parsed(str(named if text and named.exists() else Path(text or "?").absolute()))


def framing(
    profile: Profile,
    baudrate: int | None = None,
    parity: Literal["N", "E", "O"] | None = None,
    stop_bits: Literal[1, 2] | None = None,
) -> Framing:
    """How characters stand on a line with an instrument of this model: as it leaves the factory, unless told."""
    usual = profile.transport
    return Framing(baudrate or usual.baudrate or 9600, parity or usual.parity, stop_bits or usual.stop_bits)
