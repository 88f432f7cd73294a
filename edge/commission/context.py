"""The site that an instrument belongs to, where a technician works on one of a site's own."""

from dataclasses import dataclass
from pathlib import Path

from edge.config import Instrument, Site, SiteFile, read_site
from edge.ports import Place, parsed
from sensors.catalogue import Catalogue
from sensors.fault import Fault

SITE = Path("/etc/luxi/site.toml")


@dataclass(frozen=True, slots=True)
class Context:
    """A site, if there is one, and the name that it has for the instrument; empty if it is none of the site's."""

    site: Site | None
    instrument: str

    @property
    def state(self) -> Path:
        """The site's state folder; only for a context with a site."""
        assert self.site is not None
        return self.site.state


def context(file: Path | None, name: str | None, place: Place, address: int) -> Context | tuple[Fault, ...]:
    """The context in the site `file` (by default this machine's, if it has one), or the file's faults.

    The instrument is the one called `name`, or else the one that stands at `place` and `address`.
    """
    path = file or SITE
    if file is None and not path.exists():
        return Context(None, "")
    found = read_site(path, Catalogue())
    if found.file is None:
        return found.faults
    if name is None:
        return Context(found.file.site, _standing(found.file, place, address))
    names = [one.name for bus in found.file.buses for one in bus.instruments] + [one.name for one in found.file.pins]
    if name in names:
        return Context(found.file.site, name)
    listed = ", ".join(names) or "-"
    return (Fault(str(path), "--instrument", repr(name), f"应为 {listed} 之一", f"expected one of {listed}"),)


def _standing(file: SiteFile, place: Place, address: int) -> str:
    for bus in file.buses:
        if parsed(bus.port).same == place.same or Path(bus.port).resolve() == Path(place.text).resolve():
            for instrument in bus.instruments:
                if _address(instrument) == address:
                    return instrument.name
    return ""


def _address(instrument: Instrument) -> int | None:
    profile = instrument.model(Catalogue())
    return instrument.address or (None if isinstance(profile, tuple) else profile.transport.address)
