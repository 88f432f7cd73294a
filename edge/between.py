"""What the values of a site file mean to each other: names that are taken, channels that there aren't, and the like."""

from collections.abc import Callable, Iterator, Mapping

from edge import ports
from edge.camera.address import check_url, redacted
from sensors.catalogue import Catalogue
from sensors.duration import seconds
from sensors.fault import Fault
from sensors.profile import Profile, generic
from sensors.quality.checks import Checks
from sensors.strict import check

Table = Mapping[str, object]
"""A table of the file before it was checked."""

EVERY = "60s"
"""How often an instrument is asked whose file doesn't say."""
GENERIC = "generic"
"""The profile of an instrument that is described in the site file itself."""
_SOURCES = (
    "应为 rtsp://…、http(s)://…、usb:N、/dev/videoN、视频文件或图片文件夹",
    "expected rtsp://…, http(s)://…, usb:N, /dev/videoN, a video file or a folder of pictures",
)


def model_of(instrument: Table, catalogue: Catalogue, where: str = "", at: str = "") -> Profile | tuple[Fault, ...]:
    """The profile of an instrument's table: one of the library, or the one that is described in it; or what is wrong.

    No faults at all where the profile's name is not even a text: that is a fault of form, told elsewhere.
    """
    name, described = instrument.get("profile"), instrument.get("generic")
    if not isinstance(name, str):
        return ()
    if name != GENERIC and described is not None:
        text = f'只与 profile = "{GENERIC}" 同用，请删除', f'goes with profile = "{GENERIC}" alone: remove it'
        return (Fault(where, f"{at}.generic", "{…}", *text),)
    if name != GENERIC:
        return catalogue.find(name, where, f"{at}.profile")
    if not isinstance(described, dict):
        text = "请在此表中描述各通道", "describe its channels in this table"
        return (Fault(where, f"{at}.generic", "missing", *text),)
    return generic(described, where, f"{at}.generic", str(instrument.get("name")))


def faults_between(data: Table, where: str, catalogue: Catalogue) -> Iterator[Fault]:
    """Faults between the values of a site file, on its raw data, so that they come together with those of form."""
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
    names = [str(instrument.get("name")) for _, instrument in instruments]
    for at, work in _tables(data, "upkeep"):
        name = work.get("instrument", "")
        if isinstance(name, str) and name and name not in names:
            listed = ", ".join(names) or "-"
            yield Fault(where, f"{at}.instrument", repr(name), f"应为 {listed} 之一", f"expected one of {listed}")
    for at, camera in cameras:
        source = camera.get("source")
        if isinstance(source, str) and source and check_url(source):
            yield Fault(where, f"{at}.source", repr(redacted(source)), *_SOURCES)


def _addressed(instruments: list[tuple[str, Table]], catalogue: Catalogue) -> list[tuple[str, Table]]:
    """The instruments with the addresses at which they will be asked: the file's, or else their profiles' own."""
    made: list[tuple[str, Table]] = []
    for at, instrument in instruments:
        profile = model_of(instrument, catalogue)
        own = {} if isinstance(profile, tuple) else {"address": profile.transport.address}
        made.append((at, {**own, **instrument}))
    return made


def _profile_faults(instrument: Table, at: str, where: str, catalogue: Catalogue) -> Iterator[Fault]:
    profile = model_of(instrument, catalogue, where, at)
    if isinstance(profile, tuple):
        yield from profile
        return
    yield from _channel_faults(instrument.get("channels"), profile, f"{at}.channels", where)
    yield from _check_faults(instrument.get("checks"), profile, f"{at}.checks", where)
    yield from _pace_faults(instrument.get("every", EVERY), profile, f"{at}.every", where)


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
