"""`[[upkeep]]` in a site file: once or daily, Beijing time unless told, and faults by their key."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.config import read_site
from edge.planned import CHINA, Planned
from sensors.catalogue import Catalogue
from sensors.fault import Fault
from sensors.quality.upkeep import Upkeep
from sensors.reading import Reason
from sensors.strict import check, read_toml

SITE = """\
[site]
id = "farm-1"
[gateway]
host = "gateway.example"
ca = "/x"
certificate = "/x"
key = "/x"
[[buses]]
name = "b"
port = "/dev/ttyUSB0"
[[buses.instruments]]
name = "air"
profile = "xy-md02"
"""


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def planned(text: str) -> Planned:
    data = read_toml(text, "")
    assert not isinstance(data, Fault)
    found = check(Planned, data, "")
    assert isinstance(found, Planned), found
    return found


@pytest.mark.parametrize("quote", ["", '"'])
def test_once(quote: str) -> None:
    rule = planned(
        f'kind = "stopped"\nfrom = {quote}2026-12-01T08:00:00{quote}\nuntil = {quote}2026-12-01T10:30:00Z{quote}'
    )
    assert list(rule.windows(0)) == [
        Upkeep(Reason.STOPPED, ms("2026-12-01T00:00:00+00:00"), ms("2026-12-01T10:30:00+00:00"))
    ]


@pytest.mark.parametrize("quote", ["", '"'])
def test_every_day(quote: str) -> None:
    rule = planned(f'kind = "calibration"\ninstrument = "air"\ndaily = {quote}02:30:00{quote}\nfor = "20min"')
    windows = list(rule.windows(ms("2026-12-01T12:00:00+08:00")))
    begins = [ms(f"2026-{day}T02:30:00+08:00") for day in ("11-30", "12-01", "12-02")]
    assert [(one.from_ms, one.until_ms) for one in windows] == [(at, at + 1_200_000) for at in begins]
    assert {(one.kind, one.instrument) for one in windows} == {(Reason.CALIBRATION, "air")}


@given(st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)), st.integers(0, 86_399), st.integers(1, 86_400))  # noqa: DTZ001
def test_a_daily_window_covers_its_share_of_any_day(moment: datetime, begins_s: int, for_s: int) -> None:
    begins = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=begins_s)).time()
    rule = planned(f'kind = "maintenance"\ndaily = "{begins.isoformat()}"\nfor = "{for_s}s"')
    now_ms = round(moment.replace(tzinfo=UTC).timestamp() * 1000)
    since_s = ((now_ms - ms("2026-01-01T00:00:00+08:00")) / 1000 - begins_s) % 86_400
    covered = any(one.from_ms <= now_ms < (one.until_ms or 0) for one in rule.windows(now_ms))
    assert covered is (since_s < for_s)


FAULTS = [
    ('kind = "maintenance"', "upkeep[0].from"),
    ('kind = "maintenance"\nfrom = 2026-12-01T08:00:00', "upkeep[0].from"),
    ('kind = "maintenance"\ndaily = "02:30"', "upkeep[0].from"),
    ('kind = "maintenance"\ndaily = "25:30"\nfor = "1h"', "upkeep[0].daily"),
    ('kind = "maintenance"\ndaily = "02:30"\nfor = 5', "upkeep[0].for"),
    ('kind = "maintenance"\ndaily = "02:30"\nfor = "25h"', "upkeep[0].for"),
    ('kind = "repair"\ndaily = "02:30"\nfor = "1h"', "upkeep[0].kind"),
    ('kind = "maintenance"\nfrom = 2026-12-01T08:00:00\nuntil = 2026-12-01T08:00:00', "upkeep[0].until"),
    ('kind = "maintenance"\nfrom = 2026-12-01\nuntil = 2026-12-02T08:00:00', "upkeep[0].from"),
    (
        'kind = "maintenance"\nfrom = 2026-12-01T08:00:00\nuntil = 2026-12-02T08:00:00\ndaily = "02:00"\nfor = "1h"',
        "upkeep[0].from",
    ),
    ('kind = "maintenance"\ninstrument = "water"\ndaily = "02:30"\nfor = "1h"', "upkeep[0].instrument"),
]


@pytest.mark.parametrize(("text", "key"), FAULTS)
def test_faults_are_named_by_their_key(tmp_path: Path, text: str, key: str) -> None:
    path = tmp_path / "site.toml"
    path.write_text(f"{SITE}[[upkeep]]\n{text}\n", "utf-8")
    found = read_site(path, Catalogue())
    assert found.file is None
    assert [fault.key for fault in found.faults] == [key]


def test_a_sound_one_is_part_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(
        f'{SITE}[[upkeep]]\nkind = "maintenance"\ninstrument = "air"\ndaily = "02:30"\nfor = "1h"\n', "utf-8"
    )
    file = read_site(path, Catalogue()).file
    assert file is not None
    assert [one.instrument for one in file.upkeep] == ["air"]
    assert file.upkeep[0].daily is not None
    assert CHINA.utcoffset(None) == timedelta(hours=8)
