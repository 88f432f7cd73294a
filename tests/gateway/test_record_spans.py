"""Which minute, ten minutes, hour and day a moment belongs to: the standard library's time zones are the judge."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.inbound import END_MS
from gateway.records.spans import ABOVE, PART, WORDS, Span

CHINA = timezone(timedelta(hours=8))
SHANGHAI = ZoneInfo("Asia/Shanghai")


def begins(span: Span, moment: datetime) -> datetime:
    """By the calendar."""
    kept = {Span.MINUTE: moment.minute, Span.TEN_MINUTES: moment.minute // 10 * 10, Span.HOUR: 0, Span.DAY: 0}
    return moment.replace(hour=0 if span is Span.DAY else moment.hour, minute=kept[span], second=0, microsecond=0)


def at(wall_ms: int, zone: timezone | ZoneInfo = CHINA) -> datetime:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=wall_ms)).astimezone(zone)


@given(span=st.sampled_from(Span), wall_ms=st.integers(0, END_MS - 1))
def test_a_moment_belongs_to_what_the_calendar_says(span: Span, wall_ms: int) -> None:
    assert at(span.start(wall_ms)) == begins(span, at(wall_ms))


@given(span=st.sampled_from(Span), wall_ms=st.integers(700_000_000_000, END_MS - 1))
def test_it_is_shanghais_since_its_last_summer_time(span: Span, wall_ms: int) -> None:
    assert at(span.start(wall_ms), SHANGHAI) == begins(span, at(wall_ms, SHANGHAI))


@pytest.mark.parametrize(
    ("told", "starts"),
    [
        ("2026-09-21T23:59:59.999+08:00", "2026-09-21T00:00:00+08:00"),
        ("2026-09-22T00:00:00.000+08:00", "2026-09-22T00:00:00+08:00"),
        ("2026-09-22T07:59:59.999+08:00", "2026-09-22T00:00:00+08:00"),
        ("2024-02-29T16:00:00.000+00:00", "2024-03-01T00:00:00+08:00"),
        ("2026-12-31T15:59:59.999+00:00", "2026-12-31T00:00:00+08:00"),
    ],
)
def test_a_day_begins_at_midnight_in_china(told: str, starts: str) -> None:
    wall_ms = round(datetime.fromisoformat(told).timestamp() * 1000)
    assert at(Span.DAY.start(wall_ms)) == datetime.fromisoformat(starts)


@given(span=st.sampled_from(Span), wall_ms=st.integers(0, END_MS - 1))
def test_a_span_is_made_of_whole_parts(span: Span, wall_ms: int) -> None:
    start = span.start(wall_ms)
    assert start <= wall_ms < start + span.ms
    assert span.start(start) == start == span.start(start + span.ms - 1)
    for above in ABOVE[span]:
        assert PART[above] is span
        assert above.start(start) == above.start(wall_ms)


def test_the_words() -> None:
    assert {word: int(span) for word, span in WORDS.items()} == {
        "minute": 1,
        "ten-minutes": 10,
        "hour": 60,
        "day": 1440,
    }
