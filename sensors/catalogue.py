"""The library of instruments: one TOML file per model, found by name."""

from pathlib import Path

from pydantic import Field

from sensors.fault import Fault
from sensors.place import Label
from sensors.profile import Profile, parse
from sensors.strict import Strict, check, read_toml

PROFILES = Path(__file__).parent / "profiles"
LEFT_OUT = Path(__file__).parent / "left_out.toml"


class LeftOut(Strict):
    """A model that is known but has no profile, and why."""

    name: str
    maker: str
    model: str
    why: Label
    source: tuple[str, ...] = Field(min_length=1)


class _LeftOutFile(Strict):
    models: tuple[LeftOut, ...]


class Catalogue:
    """The profiles in a folder; a file is read when it is asked for."""

    def __init__(self, folder: Path = PROFILES) -> None:
        self._folder = folder

    def names(self) -> tuple[str, ...]:
        """Every model there is, as a site file names it, in order."""
        return tuple(sorted(path.stem for path in self._folder.glob("*.toml")))

    def find(self, name: str, where: str = "", key: str = "") -> Profile | tuple[Fault, ...]:
        """The profile called `name`; or one fault, at `key` of file `where`, that names its near misses; or all the
        faults of the profile's own file.
        """
        names = self.names()
        if name not in names:
            return (_unknown(name, names, where, key),)
        path = self._folder / f"{name}.toml"
        return parse(path.read_text(encoding="utf-8"), str(path), name)


def _unknown(name: str, names: tuple[str, ...], where: str, key: str) -> Fault:
    """Why there is no profile called `name`, and which ones may be meant."""
    for model in left_out():
        if model.name == name:
            return Fault(where, key, repr(name), f"该型号没有收录：{model.why.zh}", f"left out: {model.why.en}")
    import difflib  # noqa: PLC0415 - 0.1 MB that only a slip of the pen needs

    near = ", ".join(difflib.get_close_matches(name.lower(), names, n=3, cutoff=0.5) or names)
    return Fault(where, key, repr(name), f"没有这个型号，您是否想写：{near}", f"no such model; did you mean {near}?")


def left_out(path: Path = LEFT_OUT) -> tuple[LeftOut, ...]:
    """The models that were left out by name, in the order of the file; raises ValueError if the file is unsound."""
    data = read_toml(path.read_text(encoding="utf-8"), str(path))
    found = data if isinstance(data, Fault) else check(_LeftOutFile, data, str(path))
    if not isinstance(found, _LeftOutFile):
        faults = (found,) if isinstance(found, Fault) else found
        told = "; ".join(fault.line("en") for fault in faults)
        raise ValueError(told)  # noqa: TRY004 - the file is at fault, not a type
    return found.models
