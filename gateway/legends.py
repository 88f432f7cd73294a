"""The legends of the sites' batches: from the archive, and remembered."""

from collections.abc import Callable

from edge.wire.codec import decode_legend
from edge.wire.legend import Legend
from gateway.inbound import Told

REMEMBERED = 10_000


class Legends:
    """Finds legends; `kept` looks one up among those on the disk."""

    def __init__(self, kept: Callable[[str, bytes], bytes | None]) -> None:
        self._kept = kept
        self._known: dict[tuple[str, bytes], Legend] = {}

    def add(self, told: Told) -> None:
        """One that came just now."""
        if len(self._known) >= REMEMBERED:
            self._known.clear()  # those that are still used come back from the disk
        self._known[told.site, told.digest] = told.legend

    def find(self, site: str, digest: bytes) -> Legend | None:
        """The legend that a site calls by this digest, None for one that never came."""
        found = self._known.get((site, digest))
        if found is None and (data := self._kept(site, digest)) is not None:
            found = decode_legend(data)
            self.add(Told(site, digest, data, found))
        return found
