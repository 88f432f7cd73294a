"""Readings and corrections on their way into the archive, series by series."""

import sqlite3
from collections.abc import Sequence
from itertools import repeat

from edge.wire.messages import Batch, Series


class Readings:
    """Writes what batches hold, within the transaction of whoever calls; remembers which number a series has."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._db = database
        self._numbers: dict[tuple[str, str, str, str, str], int] = {}

    def forget(self) -> None:
        """The transaction was undone: numbers that were given in it are given back."""
        self._numbers.clear()

    def keep(self, site: str, message: int, batch: Batch) -> None:
        """Write one batch, under the number that its message has in the archive."""
        for series in batch.series:
            self._keep_series(self._number(site, series), message, batch, series)
        for series in batch.corrections:
            self._keep_corrections(self._number(site, series), message, batch, series)

    def _keep_series(self, number: int, message: int, batch: Batch, series: Series) -> None:
        walls, monos = moments(batch.wall_ms, series.offsets), moments(batch.mono_ms, series.offsets)
        columns = zip(
            repeat(number), repeat(message), walls, monos, series.values, series.flags, series.reasons, strict=False
        )
        self._db.executemany("INSERT INTO reading VALUES (?, ?, ?, ?, ?, ?, ?)", columns)

    def _keep_corrections(self, number: int, message: int, batch: Batch, series: Series) -> None:
        rows = zip(moments(batch.mono_ms, series.offsets), series.flags, series.reasons, strict=True)
        self._db.executemany(
            "INSERT INTO correction VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
            " flag = excluded.flag, reasons = excluded.reasons, message = excluded.message"
            " WHERE excluded.flag > flag",
            [(number, batch.boot, mono_ms, flag, reasons, message) for mono_ms, flag, reasons in rows],
        )

    def _number(self, site: str, series: Series) -> int:
        names = (site, series.instrument, series.channel, series.unit, series.code)
        known = self._numbers.get(names)
        if known is None:
            self._db.execute(
                "INSERT OR IGNORE INTO series (site, instrument, channel, unit, code) VALUES (?, ?, ?, ?, ?)", names
            )
            (known,) = self._db.execute(
                "SELECT id FROM series WHERE (site, instrument, channel, unit, code) = (?, ?, ?, ?, ?)", names
            ).fetchone()
            self._numbers[names] = known
        return known


def moments(base_ms: int, offsets: Sequence[int]) -> list[int]:
    """The moments that a batch's offsets stand for."""
    return [base_ms + offset for offset in offsets]
