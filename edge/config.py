"""The site file (`site.toml`): what is on site, and where it reports to."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from edge import ports
from edge.camera.address import check_url, redacted
from edge.runtime.settings import FilePath, load, resolved
from edge.wire.topics import SITE_ID
from sensors.catalogue import Catalogue
from sensors.duration import Duration, seconds
from sensors.fault import Fault
from sensors.profile import Profile
from sensors.quality.checks import Checks
from sensors.strict import Strict, check

Table = Mapping[str, object]
"""A table of the file before it was checked."""

_SOURCES = (
    "应为 rtsp://…、http(s)://…、usb:N、/dev/videoN、视频文件或图片文件夹",
    "expected rtsp://…, http(s)://…, usb:N, /dev/videoN, a video file or a folder of pictures",
)

DEFAULT_EVERY = "60s"


def _named(text: str) -> str:
    if SITE_ID.fullmatch(text):
        return text
    raise ValueError(
        "应为 1 至 32 个小写字母、数字或连字符，首尾不是连字符"
        " / expected 1 to 32 small letters, digits or hyphens, no hyphen first or last"
    )


def _divided(text: str) -> str:
    if text == "" or (len(text) == 12 and text.isascii() and text.isdigit()):
        return text
    raise ValueError("应为 12 位行政区划代码 / expected the 12 digits of a division code")


def _reached(text: str) -> str:
    return ports.parsed(text).text


Name = Annotated[str, AfterValidator(_named)]
"""Names travel in topics and file names."""


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
    """Where the site's broker is, and the files that prove who is who."""

    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535)] = 8883
    ca: FilePath
    certificate: FilePath
    key: FilePath


class Instrument(Strict):
    """One instrument on a bus; without `address` and `channels` its profile's own hold. `checks` are QARTOD's tests, by
    channel."""

    name: Name
    profile: str
    address: Annotated[int, Field(ge=1, le=254)] | None = None
    every: Duration = seconds(DEFAULT_EVERY)
    channels: tuple[str, ...] = ()
    checks: Annotated[dict[str, Checks], Field(default_factory=dict)]


class Bus(Strict):
    """One serial port or Modbus TCP connection (see `edge.ports`) with everything on it; RTU always has 8 data bits."""

    name: Name
    port: Annotated[str, AfterValidator(_reached)]
    baudrate: Literal[1200, 2400, 4800, 9600, 14400, 19200, 38400, 57600, 115200] = 9600
    parity: Literal["N", "E", "O"] = "N"
    stop_bits: Literal[1, 2] = 1
    instruments: Annotated[tuple[Instrument, ...], Field(min_length=1)]


class Camera(Strict):
    """One camera: `source` is an rtsp or http address, `usb:0`, a video file or a folder of pictures."""

    name: Name
    source: Annotated[str, Field(min_length=1)]
    every: Duration = 5.0
    loop: bool = True


class SiteFile(Strict):
    """The whole file."""

    site: Site
    gateway: Gateway
    buses: tuple[Bus, ...] = ()
    cameras: tuple[Camera, ...] = ()


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
    meant = tuple(_meaning(data, where, catalogue))
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


def _meaning(data: Table, where: str, catalogue: Catalogue) -> Iterator[Fault]:
    """Faults between values, found on the raw data so that they come together with those of form."""
    buses, cameras = _tables(data, "buses"), _tables(data, "cameras")
    instruments = [item for key, bus in buses for item in _tables(bus, "instruments", key)]
    if not buses and not cameras:
        yield Fault(
            where, "", "missing", "至少需要一条 [[buses]] 或一个 [[cameras]]", "needs a [[buses]] or [[cameras]]"
        )
    for group, key in ((buses, "name"), (instruments, "name"), (cameras, "name")):
        yield from _repeated(group, key, where)
    yield from _repeated(buses, "port", where, ports.same)
    for at, bus in buses:
        yield from _repeated(_addressed(_tables(bus, "instruments", at), catalogue), "address", where)
    for at, instrument in instruments:
        yield from _profile_faults(instrument, at, where, catalogue)
    for at, camera in cameras:
        source = camera.get("source")
        if isinstance(source, str) and source and check_url(source):
            yield Fault(where, f"{at}.source", repr(redacted(source)), *_SOURCES)


def _addressed(instruments: list[tuple[str, Table]], catalogue: Catalogue) -> list[tuple[str, Table]]:
    """The instruments with the addresses at which they will be asked: the file's, or else their profiles' own."""
    made: list[tuple[str, Table]] = []
    for at, instrument in instruments:
        profile = catalogue.find(str(instrument.get("profile")))
        own = {} if isinstance(profile, tuple) else {"address": profile.transport.address}
        made.append((at, {**own, **instrument}))
    return made


def _profile_faults(instrument: Table, at: str, where: str, catalogue: Catalogue) -> Iterator[Fault]:
    name = instrument.get("profile")
    if not isinstance(name, str):
        return
    profile = catalogue.find(name, where, f"{at}.profile")
    if isinstance(profile, tuple):
        yield from profile
        return
    yield from _channel_faults(instrument.get("channels"), profile, f"{at}.channels", where)
    yield from _check_faults(instrument.get("checks"), profile, f"{at}.checks", where)
    yield from _pace_faults(instrument.get("every", DEFAULT_EVERY), profile, f"{at}.every", where)


def _channel_faults(wanted: object, profile: Profile, key: str, where: str) -> Iterator[Fault]:
    names = ", ".join(channel.name for channel in profile.channels)
    for index, name in enumerate(wanted if isinstance(wanted, list) else []):
        if isinstance(name, str) and profile.channel(name) is None:
            yield Fault(where, f"{key}[{index}]", repr(name), f"应为 {names} 之一", f"expected one of {names}")


def _check_faults(tables: object, profile: Profile, key: str, where: str) -> Iterator[Fault]:
    """Checks of channels that there aren't, and thresholds in another unit than the channel's."""
    for name, table in (tables if isinstance(tables, dict) else {}).items():
        channel = profile.channel(str(name))
        if channel is None:
            names = ", ".join(one.name for one in profile.channels)
            yield Fault(where, f"{key}.{name}", repr(name), f"应为 {names} 之一", f"expected one of {names}")
            continue
        checks = check(Checks, table, where) if isinstance(table, dict) else ()
        if isinstance(checks, Checks):
            yield from checks.faults(channel.unit, where, f"{key}.{name}")


def _pace_faults(every: object, profile: Profile, key: str, where: str) -> Iterator[Fault]:
    """An instrument that is asked more often than its maker allows wears out or never settles."""
    least = profile.timing.poll_min_s
    try:
        too_fast = seconds(every) < least
    except ValueError:  # a fault of form, told elsewhere
        return
    if too_fast:
        zh, en = f"该型号至少间隔 {least:g}s", f"this model needs at least {least:g}s"
        yield Fault(where, key, repr(every), zh, en)


def _tables(parent: Table, name: str, at: str = "") -> list[tuple[str, Table]]:
    """The tables of an array with their key paths; whatever else stands there is a fault of form, told elsewhere."""
    rows = parent.get(name)
    prefix = f"{at}.{name}" if at else name
    return [
        (f"{prefix}[{i}]", row) for i, row in enumerate(rows if isinstance(rows, list) else []) if isinstance(row, dict)
    ]


def _repeated(
    group: list[tuple[str, Table]], key: str, where: str, same: Callable[[object], object] = lambda value: value
) -> Iterator[Fault]:
    """A fault for each table whose value under `key` is the `same` as an earlier table's."""
    first: dict[object, str] = {}
    for at, table in group:
        value = table.get(key)
        if not isinstance(value, str | int):
            continue
        earlier = first.setdefault(same(value), at)
        if earlier != at:
            zh, en = f"与 {earlier}.{key} 重复，请改为不同的值", f"already stands at {earlier}.{key}: use another"
            yield Fault(where, f"{at}.{key}", repr(value), zh, en)
