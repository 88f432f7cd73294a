"""`[[upkeep]]` of a site file: windows that are known beforehand, once or every day."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta, timezone
from typing import Annotated, Literal, Self

from pydantic import Field, PlainValidator, model_validator

from sensors.duration import Duration
from sensors.quality.upkeep import Upkeep
from sensors.reading import Reason
from sensors.strict import Problem, Problems, Strict

CHINA = timezone(timedelta(hours=8))
"""Times without an offset are Beijing's, as those of HJ 212 are."""
_DAY = timedelta(days=1)


def _moment(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) and len(value) > len("2026-01-01") else None
    except ValueError:
        moment = None
    if moment is None:
        raise ValueError("应为时刻，如 2026-12-01T08:00:00（北京时间）/ expected a moment, as 2026-12-01T08:00:00")
    return moment if moment.tzinfo else moment.replace(tzinfo=CHINA)


def _of_day(value: object) -> time:
    try:
        return time.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError('应为时间，如 "02:30"（北京时间）/ expected a time of day, as "02:30" (Beijing)') from None


class Planned(Strict):
    """Something done to `instrument` (to all of the site's without one): once, `from` one moment `until` another, or
    every day at the time `daily` `for` so long."""

    kind: Literal["maintenance", "calibration", "stopped", "manual"]
    instrument: str = ""
    from_: Annotated[datetime, PlainValidator(_moment)] | None = Field(default=None, alias="from")
    until: Annotated[datetime, PlainValidator(_moment)] | None = None
    daily: Annotated[time, PlainValidator(_of_day)] | None = None
    for_: Duration | None = Field(default=None, alias="for")

    def windows(self, now_ms: int) -> Iterator[Upkeep]:
        """The windows that matter around `now_ms` (milliseconds since 1970 UTC)."""
        kind = Reason(self.kind)
        if self.from_ is not None and self.until is not None:
            yield Upkeep(kind, _ms(self.from_), _ms(self.until), self.instrument)
        elif self.daily is not None and self.for_ is not None:
            today = datetime.fromtimestamp(now_ms / 1000, CHINA).date()
            for day in (today - _DAY, today, today + _DAY):
                begins = _ms(datetime.combine(day, self.daily, self.daily.tzinfo or CHINA))
                yield Upkeep(kind, begins, begins + round(self.for_ * 1000), self.instrument)

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if found := tuple(self._problems()):
            raise Problems(found)
        return self

    def _problems(self) -> Iterator[Problem]:
        once = {"from": self.from_, "until": self.until}
        daily = {"daily": self.daily, "for": self.for_}
        given = [[key for key, value in pair.items() if value is not None] for pair in (once, daily)]
        if sorted(map(len, given)) != [0, 2]:
            found = ", ".join(key for keys in given for key in keys) or "missing"
            zh, en = "应写 from 和 until，或 daily 和 for", "expected from and until, or daily and for"
            yield Problem("from", found, zh, en)
        elif self.from_ is not None and self.until is not None and self.until <= self.from_:
            yield Problem("until", str(self.until), "应晚于 from", "must be after from")
        if self.for_ is not None and self.for_ > _DAY.total_seconds():
            yield Problem("for", f"{self.for_:g}s", "每天的时段不能超过 24h", "a daily window lasts 24h at most")


def _ms(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
