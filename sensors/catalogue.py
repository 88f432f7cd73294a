"""The library of instruments: one TOML file per model, found by name."""

import difflib
from pathlib import Path

from sensors.fault import Fault
from sensors.profile import Profile, parse

PROFILES = Path(__file__).parent / "profiles"


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
            near = ", ".join(difflib.get_close_matches(name.lower(), names, n=3, cutoff=0.5) or names)
            return (
                Fault(
                    where, key, repr(name), f"没有这个型号，您是否想写：{near}", f"no such model; did you mean {near}?"
                ),
            )
        path = self._folder / f"{name}.toml"
        return parse(path.read_text(encoding="utf-8"), str(path), name)
