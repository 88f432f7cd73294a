"""Names within a profile that are used twice or lead nowhere, found on the raw table together with faults of form."""

from collections.abc import Iterator, Mapping

from sensors.fault import Fault

_NAMED = ("channels", "identity", "settings", "commands", "calibrations")


def references(data: Mapping[str, object], where: str) -> Iterator[Fault]:
    """Every name that stands twice, and every reference to a name that is not there."""
    names = {kind: [row.get("name") for _, row in _rows(data, kind)] for kind in _NAMED}
    for kind in _NAMED:
        for nth, name in enumerate(names[kind]):
            if isinstance(name, str) and name in names[kind][:nth]:
                yield Fault(
                    where, f"{kind}[{nth}].name", repr(name), "与前面重名，请改名", "used twice: use another name"
                )
    for key, name, kinds in _uses(data):
        known = [str(one) for kind in kinds for one in names[kind]]
        if isinstance(name, str) and name not in known:
            listed = ", ".join(known) or "-"
            yield Fault(where, key, repr(name), f"应为以下之一：{listed}", f"expected one of {listed}")


def _uses(data: Mapping[str, object]) -> Iterator[tuple[str, object, tuple[str, ...]]]:
    """Every reference: its key path, the name, and the kinds of thing that it may name."""
    for key, row in _rows(data, "channels"):
        yield from ((f"{key}.judges[{nth}]", name, ("channels",)) for nth, name in enumerate(_list(row, "judges")))
    for key in ("set_address", "set_baud"):
        table = data.get(key)
        if isinstance(table, dict):
            yield f"{key}.setting", table.get("setting"), ("settings",)
            yield from _presets(table, key, "before")
    for key, row in _rows(data, "calibrations"):
        for part in ("channels", "settings"):
            yield from ((f"{key}.{part}[{nth}]", name, (part,)) for nth, name in enumerate(_list(row, part)))
        yield f"{key}.command", row.get("command") or None, ("commands",)
        yield f"{key}.result", row.get("result") or None, ("channels", "settings")
        yield from _presets(row, key, "presets")


def _presets(table: Mapping[str, object], key: str, name: str) -> Iterator[tuple[str, object, tuple[str, ...]]]:
    for at, row in _rows(table, name):
        yield f"{key}.{at}.setting", row.get("setting"), ("settings",)


def _rows(data: Mapping[str, object], kind: str) -> list[tuple[str, Mapping[str, object]]]:
    return [(f"{kind}[{nth}]", row) for nth, row in enumerate(_list(data, kind)) if isinstance(row, dict)]


def _list(data: Mapping[str, object], key: str) -> list[object]:
    found = data.get(key)
    return found if isinstance(found, list) else []
