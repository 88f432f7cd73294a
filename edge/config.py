"""The site file (`site.toml`): what is on site, and where it reports to."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from edge import ports
from edge.between import EVERY, faults_between, model_of
from edge.camera.zones import Zone
from edge.names import Name
from edge.pins.table import Pin
from edge.planned import Planned
from edge.runtime.settings import FilePath, load, resolved
from edge.runtime.sizes import Size, at_least
from sensors.catalogue import Catalogue
from sensors.duration import Duration, seconds
from sensors.fault import Fault
from sensors.profile import Profile
from sensors.quality.checks import Checks
from sensors.strict import Strict, check


def _divided(text: str) -> str:
    if text == "" or (len(text) == 12 and text.isascii() and text.isdigit()):
        return text
    raise ValueError("应为 12 位行政区划代码 / expected the 12 digits of a division code")


def _reached(text: str) -> str:
    return ports.parsed(text).text


def _shared(value: Any) -> Any:
    """The same with every text kept once: descriptions are alike, and long."""
    if isinstance(value, dict):
        return {sys.intern(key): _shared(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_shared(one) for one in value]
    return sys.intern(value) if isinstance(value, str) else value


class Site(Strict):
    """Which site this is: `id` is also the common name of its certificate; `division` the 12-digit division code."""

    id: Name
    name: str = ""
    division: Annotated[str, AfterValidator(_divided)] = ""
    state: FilePath = Path("/var/lib/luxi")
    runtime: FilePath = Path("/run/luxi")

    @property
    def status_folder(self) -> Path:
        """Where programs leave their health: in memory if systemd made a place there, to spare the card."""
        return self.runtime if self.runtime.is_dir() else self.state


class Gateway(Strict):
    """Where the site's broker is, and the files that prove who is who.

    `batch` is how long readings are gathered before they are sent: none by default; a minute saves most of a metered
    connection. `bytes_per_hour` bounds it: alarms pass all the same. With `confirm = "broker"` a message is done
    when the broker has it, for brokers behind which no gateway of ours stands.
    """

    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535)] = 8883
    ca: FilePath
    certificate: FilePath
    key: FilePath
    batch: Duration = 0.0
    bytes_per_hour: Annotated[Size, at_least(20_000, "20kB")] | None = None
    confirm: Literal["gateway", "broker"] = "gateway"


class SpoolTable(Strict):
    """How much of the disk what waits may take: `max` bytes, and none of the last `disk_floor` free ones."""

    max: Annotated[Size, at_least(16_000_000, "16MB")] = 2_000_000_000
    disk_floor: Size | None = None


class Instrument(Strict):
    """One instrument on a bus; without `address` and `channels` its profile's own hold. `checks` are QARTOD's tests, by
    channel. An instrument that the library doesn't know has the profile "generic" and is described in `generic`, as a
    profile's file would."""

    name: Name
    profile: str
    address: Annotated[int, Field(ge=1, le=254)] | None = None
    every: Duration = seconds(EVERY)
    channels: tuple[str, ...] = ()
    checks: Annotated[dict[str, Checks], Field(default_factory=dict)]
    generic: Annotated[dict[str, Any], AfterValidator(_shared)] | None = None

    def model(self, catalogue: Catalogue) -> Profile | tuple[Fault, ...]:
        """Its profile, of the library or described in the file; faults only where the file was never checked."""
        return model_of({"name": self.name, "profile": self.profile, "generic": self.generic}, catalogue)


class Bus(Strict):
    """One serial port or Modbus TCP connection (see `edge.ports`) with everything on it; RTU always has 8 data bits."""

    name: Name
    port: Annotated[str, AfterValidator(_reached)]
    baudrate: Literal[1200, 2400, 4800, 9600, 14400, 19200, 38400, 57600, 115200] = 9600
    parity: Literal["N", "E", "O"] = "N"
    stop_bits: Literal[1, 2] = 1
    instruments: Annotated[tuple[Instrument, ...], Field(min_length=1)]


class Camera(Strict):
    """One camera: `source` is an rtsp or http address, `usb:0`, a video file or a folder of pictures.

    `coloured = false` for one that never shows colour, so that it isn't taken for stuck in night mode.
    """

    name: Name
    source: Annotated[str, Field(min_length=1)]
    every: Duration = 5.0
    loop: bool = True
    coloured: bool = True
    zones: tuple[Zone, ...] = ()


class SiteFile(Strict):
    """The whole file."""

    site: Site
    gateway: Gateway
    spool: SpoolTable = SpoolTable()
    buses: tuple[Bus, ...] = ()
    cameras: tuple[Camera, ...] = ()
    upkeep: tuple[Planned, ...] = ()
    pins: tuple[Pin, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What came of reading a site file: the file, with paths made whole, or its faults."""

    file: SiteFile | None
    faults: tuple[Fault, ...]


def read_site(path: Path, catalogue: Catalogue) -> Found:
    """Read and check a site file: the form of every value, and what values mean to each other, all at once."""
    data = load(path)
    if isinstance(data, tuple):
        return Found(None, data)
    where = str(path)
    checked = check(SiteFile, data, where)
    meant = tuple(faults_between(data, where, catalogue))
    if isinstance(checked, tuple):
        return Found(None, (*checked, *meant))
    return Found(None, meant) if meant else Found(_whole(checked, path), ())


def _whole(file: SiteFile, path: Path) -> SiteFile:
    """The file with its relative paths counted from its own folder."""
    gateway = {name: resolved(path, getattr(file.gateway, name)) for name in ("ca", "certificate", "key")}
    return file.model_copy(
        update={
            "site": file.site.model_copy(update={"state": resolved(path, file.site.state)}),
            "gateway": file.gateway.model_copy(update=gateway),
        }
    )
