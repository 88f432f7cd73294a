"""Looking into the archive while it is written: what is there, and how each site is."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import msgspec

from edge.wire.messages import Health
from gateway.archive.schema import opened_to_read


@dataclass(frozen=True, slots=True)
class ProgramView:
    """One program of a site; `online` is None where it never said, `health` where none came."""

    program: str
    online: bool | None
    version: str
    since_ms: int | None
    health: Health | None


@dataclass(frozen=True, slots=True)
class SiteView:
    """One site of which anything is known."""

    site: str
    messages: int
    last_message_ms: int | None
    programs: tuple[ProgramView, ...]


@dataclass(frozen=True, slots=True)
class DeadView:
    """One cause for which messages can't be used: what a site sends wrongly, or that nobody knows the site."""

    site: str
    reason: str
    times: int
    last_ms: int


@dataclass(frozen=True, slots=True)
class Overview:
    """What the archive holds, and what waits for each platform. The clock of `untrusted` messages was in doubt and was
    not put right; `dead` names the latest causes of dead letters."""

    sites: tuple[SiteView, ...]
    messages: int
    readings: int
    alarms: int
    pictures: int
    dead_letters: int
    outbox: dict[str, int]
    untrusted: int
    dead: tuple[DeadView, ...]


MOST_CAUSES = 20
_DEAD = (
    "SELECT site, reason, sum(times), max(last_ms) FROM dead_letter GROUP BY site, reason ORDER BY max(last_ms) DESC"
    " LIMIT ?"
)


def overview(path: Path) -> Overview | None:
    """The archive as it stands; None where there is none yet, sqlite3.Error where it can't be read."""
    connection = opened_to_read(path)
    if connection is None:
        return None
    try:
        connection.execute("BEGIN")  # one moment for all
        return _overview(connection)
    finally:
        connection.close()


def legend(path: Path, site: str, digest: bytes) -> bytes | None:
    """A legend as it came; None for one that never did, or where the archive can't tell."""
    try:
        if (connection := opened_to_read(path)) is None:
            return None
        with closing(connection):
            query = "SELECT data FROM legend WHERE site = ? AND digest = ?"
            found = connection.execute(query, (site, digest)).fetchone()
    except sqlite3.Error:
        return None
    return None if found is None else bytes(found[0])


def _overview(connection: sqlite3.Connection) -> Overview:
    count = {
        table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
        for table in ("message", "reading", "alarm", "evidence", "dead_letter")
    }
    waiting = dict(connection.execute("SELECT platform, count(*) FROM outbox GROUP BY platform"))
    programs = _programs(connection)
    messages = {
        site: (count, last)
        for site, count, last in connection.execute(
            "SELECT site, count(*), max(received_ms) FROM message GROUP BY site"
        )
    }
    sites = tuple(
        SiteView(site, *messages.get(site, (0, None)), tuple(programs.get(site, ())))
        for site in sorted({*messages, *programs})
    )
    return Overview(
        sites=sites,
        messages=count["message"],
        readings=count["reading"],
        alarms=count["alarm"],
        pictures=count["evidence"],
        dead_letters=count["dead_letter"],
        outbox=waiting,
        untrusted=connection.execute("SELECT count(*) FROM doubt WHERE error_ms IS NULL").fetchone()[0],
        dead=tuple(DeadView(*row) for row in connection.execute(_DEAD, (MOST_CAUSES,))),
    )


def _programs(connection: sqlite3.Connection) -> dict[str, list[ProgramView]]:
    presence = {
        (site, program): (bool(online), version, since)
        for site, program, online, version, since, _ in connection.execute(
            "SELECT site, program, online, version, received_ms, max(id) FROM presence GROUP BY site, program"
        )
    }
    health = {
        (site, program): msgspec.json.decode(body, type=Health)
        for site, program, body in connection.execute(
            "SELECT latest_health.site, latest_health.program, body FROM latest_health JOIN health USING (message)"
        )
    }
    found: dict[str, list[ProgramView]] = {}
    for site, program in sorted({*presence, *health}):
        online, version, since = presence.get((site, program), (None, "", None))
        found.setdefault(site, []).append(ProgramView(program, online, version, since, health.get((site, program))))
    return found
