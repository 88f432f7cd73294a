"""The books closed on stores made by hand: whatever is nowhere, uneven or doubled must be seen."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from test_count import Stores, batch

from hil.audit import audit
from hil.count import Spooled, spools
from hil.virtual.site import VirtualSite, Wishes


@pytest.fixture
def stores(tmp_path: Path) -> Stores:
    site = VirtualSite(tmp_path, Wishes(watch=False))
    site.relay.close()
    return Stores(site)


def changed(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        for statement in statements:
            database.execute(statement)


def forget(stores: Stores, *numbers: int) -> None:
    """Delete from the spool as an acknowledgement would."""
    changed(stores.site.spool("sense"), *(f"DELETE FROM message WHERE seq = {number}" for number in numbers))


def test_everything_arrived_or_waits(stores: Stores) -> None:
    messages = stores.measure(batch(1), batch(2), batch(3))
    stores.archive(messages[:2])
    stores.forward(messages[:2])
    forget(stores, 1, 2)
    books = audit(stores.site)
    assert books.sound
    assert (books.given, books.county, books.waiting, books.readings) == (3, 2, 1, 2)


def test_what_is_nowhere_is_seen(stores: Stores) -> None:
    messages = stores.measure(batch(1), batch(2))
    stores.archive(messages[:1])
    stores.forward(messages[:1])
    forget(stores, 1, 2)
    books = audit(stores.site)
    assert {seq for _, seq in books.nowhere} == {2}
    assert not books.sound


def test_readings_that_differ_are_uneven(stores: Stores) -> None:
    messages = stores.measure(batch(1), batch(2))
    stores.archive(messages)
    stores.forward(messages)
    changed(stores.site.archive, "UPDATE reading SET value = 1 WHERE rowid = 2")
    books = audit(stores.site)
    assert {seq for _, seq in books.uneven} == {2}
    assert not books.sound


def test_what_the_county_has_and_the_archive_has_not_is_uneven(stores: Stores) -> None:
    messages = stores.measure(batch(1), batch(2))
    stores.archive(messages[:1])
    stores.forward(messages)
    assert {seq for _, seq in audit(stores.site).uneven} == {2}


def test_what_the_archive_has_and_the_county_has_not_is_uneven(stores: Stores) -> None:
    messages = stores.measure(batch(1), batch(2))
    stores.archive(messages)
    stores.forward(messages[1:])
    books = audit(stores.site)
    assert {seq for _, seq in books.uneven} == {1}


def test_one_reading_under_two_numbers_is_doubled(stores: Stores) -> None:
    messages = stores.measure(batch(1), batch(1))
    stores.archive(messages)
    stores.forward(messages)
    books = audit(stores.site)
    assert books.doubled == 1
    assert not books.sound


TABLES = (
    "CREATE TABLE IF NOT EXISTS dropped (id INTEGER PRIMARY KEY, stream TEXT NOT NULL, first INTEGER NOT NULL,"
    " last INTEGER NOT NULL, rank INTEGER NOT NULL, messages INTEGER NOT NULL, bytes INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS aside (id INTEGER PRIMARY KEY, reason TEXT NOT NULL, stream TEXT NOT NULL,"
    " number INTEGER NOT NULL, rank INTEGER NOT NULL, kind TEXT NOT NULL, body BLOB NOT NULL, written_ms INTEGER)",
)


def dropped(stores: Stores, first: int, last: int, messages: int) -> None:
    stream = spools(stores.site)[0].stream
    row = f"INSERT INTO dropped VALUES (NULL, '{stream}', {first}, {last}, 3, {messages}, 100)"
    changed(stores.site.spool("sense"), *TABLES, row)


def test_what_was_dropped_and_counted_is_accounted_for(stores: Stores) -> None:
    stores.measure(batch(1), batch(2), batch(3))
    forget(stores, 1, 2)
    dropped(stores, 1, 2, 2)
    books = audit(stores.site)
    assert (books.nowhere, books.dropped, books.waiting) == (frozenset(), 2, 1)


def test_a_run_explains_no_more_than_it_counted(stores: Stores) -> None:
    stores.measure(batch(1), batch(2), batch(3))
    forget(stores, 1, 2)
    dropped(stores, 1, 2, 1)
    assert len(audit(stores.site).nowhere) == 2


def test_what_was_set_aside_is_accounted_for(stores: Stores) -> None:
    stores.measure(batch(1))
    (spool,) = spools(stores.site)
    row = f"INSERT INTO aside VALUES (NULL, 'too large', '{spool.stream}', 1, 3, 'batch', x'00', 0)"
    changed(stores.site.spool("sense"), *TABLES, row)
    forget(stores, 1)
    books = audit(stores.site)
    assert (books.nowhere, books.aside) == (frozenset(), 1)


def test_a_spool_of_two_streams(stores: Stores) -> None:
    """After a boot numbers are given under a new name: each name has its own numbers."""
    stores.measure(batch(1), batch(2), batch(3))
    (spool,) = spools(stores.site)
    changed(
        stores.site.spool("sense"),
        "CREATE TABLE IF NOT EXISTS stream (first INTEGER PRIMARY KEY, name TEXT NOT NULL, boot TEXT NOT NULL)",
        "DELETE FROM stream",
        f"INSERT INTO stream VALUES (1, '{spool.stream}', 'one')",
        "INSERT INTO stream VALUES (3, 'second', 'other')",
    )
    old, new = spools(stores.site)
    assert (old.stream, old.first, old.last, old.given) == (spool.stream, 1, 2, 2)
    assert (new.stream, new.first, new.last) == ("second", 3, 3)
    assert isinstance(new, Spooled)


def test_nothing_at_all_is_not_sound(stores: Stores) -> None:
    assert not audit(stores.site).sound
