"""Putting times right: by the same boot's clock, by the most exact of what is known, and never out of the calendar."""

from dataclasses import replace

import msgspec
import pytest
from gateway_kit import ALARM, AT, FIX, HEALTH, PICTURE, STREAM, batch
from hypothesis import given
from hypothesis import strategies as st

from edge.runtime.known import Known
from edge.wire.messages import Body
from gateway.clocks import in_doubt, put_right, stamp_of
from gateway.inbound import END_MS, Entry, Identity
from sensors.reading import ClockState, Stamp

TRUE = 1_790_000_000_000
KNOWN = Known("boot-1", TRUE, 20, 60_000)
WRONG = replace(AT, wall_ms=50_000, clock=ClockState.UNSET, error_ms=None)


def entry(body: Body) -> Entry:
    return Entry(Identity("pond-1", STREAM, 7), body)


def at(body: Body, stamp: Stamp) -> Body:
    return msgspec.structs.replace(body, at=stamp)


@pytest.mark.parametrize("state", [ClockState.UNSET, ClockState.RESTORED])
def test_a_batch_gets_its_true_time_and_keeps_its_readings(state: ClockState) -> None:
    body = batch(8.5, None, at=replace(WRONG, clock=state))
    found = put_right(entry(body), [KNOWN])
    assert stamp_of(found.body) == Stamp(TRUE + 50_000, 50_000, "boot-1", ClockState.SYNCHRONISED, 21)
    assert found.corrected
    assert getattr(found.body, "series") == body.series  # noqa: B009


@pytest.mark.parametrize("body", [ALARM, PICTURE, HEALTH], ids=lambda body: type(body).__name__)
def test_so_does_everything_else(body: Body) -> None:
    found = put_right(entry(at(body, WRONG)), [KNOWN])
    assert stamp_of(found.body).wall_ms == TRUE + 50_000
    assert in_doubt(found)


@pytest.mark.parametrize("body", [batch(8.5), ALARM, FIX], ids=lambda body: type(body).__name__)
def test_what_was_right_stays_as_it_is(body: Body) -> None:
    assert put_right(entry(body), [KNOWN]) == entry(body)
    assert not in_doubt(entry(body))


def test_without_knowledge_nothing_is_guessed() -> None:
    doubtful = entry(batch(8.5, at=WRONG))
    assert put_right(doubtful, []) is doubtful
    assert in_doubt(doubtful)


def test_the_most_exact_at_that_moment_counts() -> None:
    """The second is finer, but a day away: 4.3 s at 50 ppm."""
    day = Known("boot-1", TRUE + 3000, 1, 86_400_000)
    found = put_right(entry(batch(8.5, at=WRONG)), [day, KNOWN])
    assert stamp_of(found.body).wall_ms == TRUE + 50_000


@given(st.integers(-(10**18), 10**18), st.integers(0, 2**53 - 1))
def test_nonsense_leads_nowhere(offset_ms: int, mono_ms: int) -> None:
    doubtful = entry(batch(8.5, at=replace(WRONG, mono_ms=mono_ms)))
    found = put_right(doubtful, [Known("boot-1", offset_ms, 20, 0)])
    assert 0 <= stamp_of(found.body).wall_ms < END_MS
    assert found.corrected is (0 <= mono_ms + offset_ms < END_MS)
