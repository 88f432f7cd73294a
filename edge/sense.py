"""The program `sense`: buses and their instruments. It knows nothing of cameras, which keeps it small and unshaken."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from edge import ports
from edge.app import Parts, live
from edge.between import model_of
from edge.config import Bus, Instrument, SiteFile
from edge.sampling import BusService
from edge.spool.store import Spool
from edge.wire.columns import pack
from sensors.catalogue import Catalogue
from sensors.clock import Clock
from sensors.modbus.asks import Asks
from sensors.modbus.line import Line
from sensors.modbus.master import Master
from sensors.modbus.port import Framing
from sensors.modbus.tcp import Tcp
from sensors.modbus.tty import Tty
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

    def parts(spool: Spool, clock: Clock) -> Parts:
        buses = [_bus(bus, spool, clock) for bus in file.buses]
        told = Parts(buses, instruments=lambda: tuple(state for bus in buses for state in bus.states()))
        if not file.pins:
            return told
        from edge.pins.parts import pins_service  # noqa: PLC0415 - a site without pins shall not pay for them

        ledger = file.site.state / "pins.json"
        pins = pins_service(file.pins, ledger, file.site.status_folder, board, partial(_keep, spool), spool, clock)
        return replace(told, services=[*buses, pins], pins=pins.states, show=pins.heed)

    return live("sense", file, parts, stop)


def _keep(spool: Spool, readings: Sequence[Reading], corrections: Sequence[Reading]) -> None:
    spool.put(pack(readings, corrections))


def _bus(bus: Bus, spool: Spool, clock: Clock) -> BusService:
    master = _master(bus, clock)
    stations = [_station(instrument, master, clock) for instrument in bus.instruments]
    every = {instrument.name: instrument.every for instrument in bus.instruments}
    return BusService(bus.name, master, stations, every, Judge(_checks(bus)), spool, clock)


def _master(bus: Bus, clock: Clock) -> Asks:
    place = ports.parsed(bus.port)
    if place.way is ports.Way.TCP:
        return Tcp(place.host, place.number, clock)
    return Master(Line(Tty(bus.port, Framing(bus.baudrate, bus.parity, bus.stop_bits)), clock))


def _checks(bus: Bus) -> dict[tuple[str, str], Checks]:
    """What each channel's values are held against, by names of instrument and channel."""
    return {
        (instrument.name, channel): checks
        for instrument in bus.instruments
        for channel, checks in instrument.checks.items()
    }


def _station(instrument: Instrument, master: Asks, clock: Clock) -> Station:
    profile = model_of(instrument.model_dump(include={"name", "profile", "generic"}), Catalogue())
    if isinstance(profile, tuple):
        raise TypeError(f"{instrument.name}: the site file was checked, and yet: {profile}")
    return Station(
        instrument.name,
        profile,
        master,
        clock,
        address=instrument.address,
        channels=instrument.channels or None,
    )
