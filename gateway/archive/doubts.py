"""Messages whose clock was in doubt: put right when their boot's clock is told, and else shown as what they are."""

import sqlite3

from edge.runtime.known import Known, known_by
from edge.wire.messages import ClockFix
from gateway.clocks import in_doubt, put_right, stamp_of
from gateway.inbound import Entry, in_calendar
from sensors.reading import ClockState

AT_ONCE = 100
"""So many messages are put right in one commit."""
MAX_BOOTS = 10_000
"""Of so many boots it is remembered what is known of their clock."""


class Doubts:
    """Works within the transaction of whoever calls."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._db = database
        self._known: dict[tuple[str, str], list[Known]] = {}
        self.open = True

    def forget(self) -> None:
        """The transaction was undone: what was learnt in it is not known."""
        self._known.clear()
        self.open = True

    def settled(self, entry: Entry) -> Entry:
        """The entry with its true time, if its clock was in doubt and its boot's is known by now."""
        at = stamp_of(entry.body)
        if at.clock is ClockState.SYNCHRONISED:
            return entry
        return put_right(entry, self._of(entry.identity.site, at.boot))

    def last_reading(self, entry: Entry) -> int:
        """The number of the newest reading, for `keep`; asked for only where it will be needed."""
        if not in_doubt(entry):
            return 0
        return int(self._db.execute("SELECT coalesce(max(rowid), 0) FROM reading").fetchone()[0])

    def keep(self, message: int, entry: Entry, before: int) -> None:
        """Note a message that was in doubt, with its readings, which were written after that of number `before`."""
        if not in_doubt(entry):
            return
        at = stamp_of(entry.body)
        error_ms = at.error_ms if entry.corrected else None
        row = (message, entry.identity.site, at.boot, before + 1, self.last_reading(entry), error_ms)
        self._db.execute("INSERT INTO doubt VALUES (?, ?, ?, ?, ?, ?)", row)

    def learn(self, message: int, site: str, fix: ClockFix) -> None:
        """Keep a fix; what comes from now on goes by it, and what came before is put right by `settle`."""
        known = known_by(fix.at)
        self._of(site, known.boot).append(known)
        self._db.execute(
            "INSERT INTO clock_fix VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
            (message, site, known.boot, known.offset_ms, known.error_ms, known.mono_ms, fix.off_ms),
        )
        self.open = True

    def settle(self) -> None:
        """Put right some of what came before a fix, unless another one did so more exactly; `open` while there is more.

        A boot may have been in doubt for months: all of it at once would keep the devices waiting.
        """
        if not self.open:
            return
        fix = self._db.execute(
            "SELECT message, seen, site, boot, offset_ms, error_ms, mono_ms FROM clock_fix WHERE seen IS NOT NULL"
            " ORDER BY message LIMIT 1"
        ).fetchone()
        self.open = fix is not None
        if fix is None:
            return
        message, seen, site, *about = fix
        known = Known(*about)
        rows = self._db.execute(
            "SELECT doubt.message, message.mono_ms, doubt.first, doubt.last, doubt.error_ms FROM doubt"
            " JOIN message ON message.id = doubt.message"
            " WHERE doubt.site = ? AND doubt.boot = ? AND doubt.message > ? AND doubt.message < ?"
            " ORDER BY doubt.message LIMIT ?",
            (site, known.boot, seen, message, AT_ONCE),
        ).fetchall()
        for number, mono_ms, first, last, error_ms in rows:
            right_ms = known.error_at(mono_ms)
            if in_calendar(mono_ms + known.offset_ms) and (error_ms is None or right_ms < error_ms):
                self._correct(number, known, right_ms, (first, last))
        through = rows[-1][0] if len(rows) == AT_ONCE else None
        self._db.execute("UPDATE clock_fix SET seen = ? WHERE message = ?", (through, message))

    def _correct(self, message: int, known: Known, error_ms: int, readings: tuple[int, int]) -> None:
        self._db.execute(
            "UPDATE message SET wall_ms = mono_ms + ?, clock = 'corrected', error_ms = ? WHERE id = ?",
            (known.offset_ms, error_ms, message),
        )
        self._db.execute(
            "UPDATE reading SET wall_ms = mono_ms + ? WHERE rowid BETWEEN ? AND ? AND message = ?",
            (known.offset_ms, *readings, message),
        )
        self._db.execute("UPDATE doubt SET error_ms = ? WHERE message = ?", (error_ms, message))

    def _of(self, site: str, boot: str) -> list[Known]:
        found = self._known.get((site, boot))
        if found is None:
            if len(self._known) >= MAX_BOOTS:
                self._known.clear()
            rows = self._db.execute(
                "SELECT boot, offset_ms, error_ms, mono_ms FROM clock_fix WHERE site = ? AND boot = ?", (site, boot)
            )
            found = self._known[site, boot] = [Known(*row) for row in rows]
        return found
