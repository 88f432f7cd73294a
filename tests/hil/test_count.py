"""Counting what went where, on stores made by hand: whatever is lost or doubled must be seen."""

import hashlib
import json
from contextlib import closing
from pathlib import Path

import pytest

from edge.link.link import Incoming
from edge.spool.store import Spool
from edge.wire import codec, topics
from edge.wire.legend import Legend, digest
from edge.wire.messages import Batch, Evidence, Series
from edge.wire.topics import Kind
from gateway.archive.store import Archive
from gateway.county_mqtt import CountyTopics
from gateway.inbound import judge
from hil.count import account, spools
from hil.picture import look
from hil.verdict import judge as judged
from hil.virtual.county_ledger import Ledger
from hil.virtual.site import StartError, VirtualSite, Wishes, standing
from sensors.clock import HandClock
from sensors.reading import ClockState, Stamp

SITE = "demo-farm"
AT = Stamp(1_790_000_000_000, 1000, "boot-1", ClockState.SYNCHRONISED, 1)


def batch(mono_ms: int) -> Batch:
    series = Series("air-1", "temperature", "Cel", "a01001", (0,), (-10.1,), (1,), ("",))
    return Batch("boot-1", ClockState.SYNCHRONISED, 1, 1_790_000_000_000 + mono_ms, mono_ms, (series,))


def picture(data: bytes) -> Evidence:
    return Evidence("e-1", "field", AT, "image/jpeg", 4, 3, hashlib.sha256(data).hexdigest(), data)


class Stores:
    """A virtual site that never runs, and its three stores to write into."""

    def __init__(self, site: VirtualSite) -> None:
        self.site = site
        self.clock = HandClock(wall_ms=1_790_000_000_000)
        self.told = CountyTopics("county/1")
        self.legends: dict[bytes, bytes] = {}

    def known(self, _site: str, name: bytes) -> Legend | None:
        return codec.decode_legend(self.legends[name])

    def measure(self, *bodies: Batch | Evidence) -> list[Incoming]:
        """Put messages into the spool; what the sender would publish."""
        with closing(Spool(self.site.spool("sense"), self.clock)) as spool:
            spool.put(bodies)
            waiting = spool.waiting(100)
            parts = [codec.parted(one.body) for one in waiting]
            self.legends |= {digest(one.legend): one.legend for one in parts}
            return [
                Incoming(topics.up(SITE, one.kind), codec.seal(one.stream, one.seq, part.body))
                for one, part in zip(waiting, parts, strict=True)
            ]

    def archive(self, messages: list[Incoming]) -> None:
        with closing(Archive(self.site.archive)) as archive:
            archive.keep([judge(message, frozenset({SITE}), self.known) for message in messages], 0)

    def forward(self, messages: list[Incoming]) -> None:
        ledger = Ledger(self.site.ledger)
        for message in messages:
            entry = judge(message, frozenset({SITE}), self.known)
            for out in self.told.entry(entry):  # type: ignore[arg-type]
                ledger.record([Incoming(out.topic, out.payload)], 0)
        ledger.close()


@pytest.fixture
def stores(tmp_path: Path) -> Stores:
    site = VirtualSite(tmp_path, Wishes(watch=False))
    site.relay.close()
    return Stores(site)


def test_everything_arrived(stores: Stores) -> None:
    messages = stores.measure(batch(1), batch(2), picture(b"jpeg"))
    stores.archive(messages)
    stores.forward(messages)
    found = account(stores.site)
    assert found.marks() == {found.spooled[0].stream: 3}
    assert found.lost(found.marks()) == set()
    assert (found.readings_archived, found.readings_county, found.readings_doubled) == (2, 2, 0)
    assert found.archived == found.county


def test_what_is_only_on_the_way_is_lost_until_it_arrives(stores: Stores) -> None:
    messages = stores.measure(batch(1), batch(2))
    stores.archive(messages)
    stores.forward(messages[:1])
    found = account(stores.site)
    stream = found.spooled[0].stream
    assert found.lost(found.marks()) == {(stream, 2)}
    assert found.lost({stream: 1}) == set()


def test_a_picture_that_did_not_come_is_lost(stores: Stores) -> None:
    messages = stores.measure(picture(b"jpeg"))
    stores.archive(messages)
    assert len(account(stores.site).lost(account(stores.site).marks())) == 1


def test_one_reading_under_two_numbers_is_doubled(stores: Stores) -> None:
    messages = stores.measure(batch(1), batch(1))
    stores.archive(messages)
    stores.forward(messages)
    assert account(stores.site).readings_doubled == 1


def test_one_message_twice_is_repeated_and_not_doubled(stores: Stores) -> None:
    messages = stores.measure(batch(1))
    stores.archive(messages)
    stores.forward(messages + messages)
    found = account(stores.site)
    assert (found.repeated, found.readings_doubled, found.readings_county) == (1, 0, 1)


def test_foreign_messages_are_dead_letters(stores: Stores) -> None:
    stores.archive([Incoming(topics.up(SITE, Kind.BATCH), b"nonsense")])
    assert account(stores.site).dead_letters == 1


def test_before_anything_ran(stores: Stores) -> None:
    found = account(stores.site)
    assert (found.marks(), found.archived, found.county) == ({}, frozenset(), frozenset())
    assert spools(stores.site) == ()
    assert look(stores.site, 0.0).waiting == 0


def test_the_verdict_sees_a_wrong_value(stores: Stores) -> None:
    messages = stores.measure(batch(1))
    stores.archive(messages)
    stores.forward(messages)
    verdict = judged(stores.site, account(stores.site).marks(), smoke=False)
    assert not verdict.everything_arrived
    assert not any("air-1.temperature" in fault for fault in verdict.faults), "that one is right"
    assert any("water-1.ph" in fault for fault in verdict.faults), "that one never came"


def test_what_waits_is_counted(stores: Stores) -> None:
    stores.measure(batch(1), batch(2), batch(3))
    (spool,) = spools(stores.site)
    assert (spool.program, spool.last, spool.waiting) == ("sense", 3, (1, 2, 3))
    assert look(stores.site, 1.5).measured == 3


def test_a_part_that_does_not_come_up_is_named_with_its_log(tmp_path: Path) -> None:
    site = VirtualSite(tmp_path, Wishes(watch=False))
    site.programs["county"].arguments = ("county",)
    with pytest.raises(StartError, match=r"(?s)county.*did not come up.*--dir"):
        site.start()
    site.stop()


def test_a_site_is_stopped_whatever_happens(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), standing(tmp_path, Wishes(watch=False)) as site:
        assert all(program.alive for program in site.programs.values())
        raise ZeroDivisionError
    assert not any(program.alive for program in site.programs.values())
    assert json.loads((tmp_path / "bench.json").read_text())["lines"]
