"""The program `sense`: buses and their instruments. It knows nothing of cameras, which keeps it small and unshaken."""

import threading

from edge.app import Parts, live
from edge.between import model_of
from edge.config import Bus, Instrument, SiteFile
from edge.newest import Newest
from edge.ports import parsed
from edge.reach import master as reached
from edge.sampling import BusService
from edge.spool.store import Spool
from edge.upkeep import Windows
from sensors.catalogue import Catalogue
from sensors.clock import Clock
from sensors.modbus.asks import Asks
from sensors.modbus.port import Framing
from sensors.quality.checks import Checks
from sensors.quality.judge import Judge
from sensors.station import Station


def sense(file: SiteFile, stop: threading.Event) -> int:
    """Read the buses into the spool and carry the spool to the gateway, until told to stop; the exit status."""

    def parts(spool: Spool, clock: Clock) -> Parts:
        upkeep, newest = Windows(file.site, file.upkeep, clock.now), Newest(file.site, clock)
        buses = [_bus(bus, spool, clock, upkeep, newest) for bus in file.buses]
        return Parts(buses, instruments=lambda: tuple(state for bus in buses for state in bus.states()))

    return live("sense", file, parts, stop)


def _bus(bus: Bus, spool: Spool, clock: Clock, upkeep: Windows, newest: Newest) -> BusService:
    master = reached(parsed(bus.port), Framing(bus.baudrate, bus.parity, bus.stop_bits), clock)
    stations = [_station(instrument, master, clock) for instrument in bus.instruments]
    every = {instrument.name: instrument.every for instrument in bus.instruments}
    return BusService(bus.name, master, stations, every, Judge(_checks(bus)), spool, clock, upkeep, newest)


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
