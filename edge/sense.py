"""The program `sense`: buses and their instruments. It knows nothing of cameras, which keeps it small and unshaken."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from edge.app import Ground, Parts, live
from edge.config import Bus, Instrument, SiteFile
from edge.keeper import Keeper
from edge.newest import Newest
from edge.ports import parsed
from edge.reach import master as reached
from edge.sampling import BusService
from edge.upkeep import Windows
from sensors.catalogue import Catalogue
from sensors.channel import Channel
from sensors.clock import Clock
from sensors.modbus.asks import Asks
from sensors.modbus.port import Framing
from sensors.profile import Profile
from sensors.quality.checks import Checks
from sensors.quality.judge import Judge
from sensors.reading import Reading
from sensors.station import Station

if TYPE_CHECKING:
    from sensors.pins.header import Factory


def sense(file: SiteFile, stop: threading.Event, board: "Callable[[], Factory] | None" = None) -> int:
    """Read buses and pins into the spool and carry the spool to the gateway, until told to stop; the exit status.

    `board` opens the pins, where it isn't to be the board's own.
    """

    def parts(ground: Ground) -> Parts:
        once, clock = _Once(), ground.clock
        keeper = Keeper(ground.spool, clock, file.gateway.batch, ground.connected)
        upkeep, newest = Windows(file.site, file.upkeep, clock.now), Newest(file.site, clock)

        def made(bus: Bus) -> BusService:
            master = reached(parsed(bus.port), Framing(bus.baudrate, bus.parity, bus.stop_bits), clock)
            stations = [_station(instrument, master, clock, once) for instrument in bus.instruments]
            every = {instrument.name: instrument.every for instrument in bus.instruments}
            judge = Judge(_checks(bus))
            return BusService(bus.name, master, stations, every, judge, keeper.take, clock, upkeep, newest)

        buses = [made(bus) for bus in file.buses]
        told = Parts(
            [*buses, keeper],
            keeper.finish,
            instruments=lambda: tuple(state for bus in buses for state in bus.states()),
        )
        if not file.pins:
            return told
        from edge.pins.parts import pins_service  # noqa: PLC0415 - a site without pins shall not pay for them

        def seen(readings: Sequence[Reading], corrections: Sequence[Reading]) -> None:
            keeper.take(readings, corrections)
            newest.take(readings, {})
            newest.leave()

        ledger = file.site.state / "pins.json"
        pins = pins_service(file.pins, ledger, file.site.status_folder, board, seen, ground.spool, clock, upkeep)
        return replace(told, services=[*buses, pins, keeper], pins=pins.states, show=pins.heed)

    return live("sense", file, parts, stop)


def _checks(bus: Bus) -> dict[tuple[str, str], Checks]:
    """What each channel's values are held against, by names of instrument and channel."""
    return {
        (instrument.name, channel): checks
        for instrument in bus.instruments
        for channel, checks in instrument.checks.items()
    }


class _Once:
    """Keeps what several instruments have alike in one copy; forgotten once they are made."""

    def __init__(self) -> None:
        self._catalogue = Catalogue()
        self._channels: dict[Channel, Channel] = {}

    def profile(self, instrument: Instrument) -> Profile:
        """The profile of an instrument, with the channels of those before it where they are the same."""
        found = instrument.model(self._catalogue)
        if isinstance(found, tuple):
            raise TypeError(f"{instrument.name}: the site file was checked, and yet: {found}")
        alike = tuple(self._channels.setdefault(channel, channel) for channel in found.channels)
        return found.model_copy(update={"channels": alike})


def _station(instrument: Instrument, master: Asks, clock: Clock, once: _Once) -> Station:
    return Station(
        instrument.name,
        once.profile(instrument),
        master,
        clock,
        address=instrument.address,
        channels=instrument.channels or None,
    )
