"""When the ledger is written: before something is told that isn't in it, and now and then, to spare the card."""

import logging
from collections.abc import Collection, Mapping
from dataclasses import replace

from edge.pins.ledger import Episode, Ledger, Page
from sensors.pins.counter import Count

log = logging.getLogger(__name__)

SAVE_EVERY_S = 60.0
"""How often counts are written between two tellings: a power cut loses no more than these."""
RETRY_S = 5.0


class Books:
    """The ledger's page as it stands on the disk, and what would change it.

    What belongs to pins that the site file names no more stays: they may come back.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._written = ledger.read()
        self._saved_at = float("-inf")
        if self.trouble:
            log.warning("counts and alarms of the pins can't be read, they begin anew: %s", self.trouble)

    @property
    def page(self) -> Page:
        """What was last written, or found at the start; `running` there means that the program did not end in order."""
        return self._written

    @property
    def trouble(self) -> str:
        """What keeps the ledger from being written; empty if nothing."""
        return self._ledger.trouble

    def keep(
        self, counts: Mapping[str, Count], told: Collection[str], episodes: Mapping[str, Episode | None], now: float
    ) -> None:
        """Write the page if a count that is about to be `told` or an episode changed it, or if it is time to."""
        page, old = self._changed(counts, episodes), self._written
        if self.trouble and now - self._saved_at < RETRY_S:
            return
        pressing = any(counts[name] != old.counts.get(name) for name in told if name in counts)
        late = now - self._saved_at >= SAVE_EVERY_S
        if pressing or page.episodes != old.episodes or not old.running or (late and page != old):
            self._write(page, now)

    def close(self, counts: Mapping[str, Count], now: float) -> None:
        """Write all of it: the program ends in order."""
        self._write(replace(self._changed(counts, {}), running=False), now)

    def _changed(self, counts: Mapping[str, Count], episodes: Mapping[str, Episode | None]) -> Page:
        merged = {**self._written.episodes, **episodes}
        open_ones = {name: episode for name, episode in merged.items() if episode is not None}
        return Page(running=True, counts={**self._written.counts, **counts}, episodes=open_ones)

    def _write(self, page: Page, now: float) -> None:
        before, self._saved_at = self.trouble, now
        if self._ledger.write(page):
            self._written = page
        if self.trouble and not before:
            log.warning("counts and alarms of the pins can't be kept: %s", self.trouble)
        elif before and not self.trouble:
            log.info("counts and alarms of the pins are kept again")
