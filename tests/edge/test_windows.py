"""`luxi upkeep` where the clock says nothing."""

from pathlib import Path

import pytest
from commission_kit import NOW_MS

from edge.config import Site, SiteFile
from edge.upkeep import Book
from edge.windows import run
from sensors.reading import ClockState, Reason, Stamp


@pytest.mark.parametrize(
    ("clock", "code", "kept"), [(ClockState.UNSET, 1, 0), (ClockState.RESTORED, 0, 1), (ClockState.SYNCHRONISED, 0, 1)]
)
def test_a_clock_that_was_never_set_makes_no_window(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], clock: ClockState, code: int, kept: int
) -> None:
    file = SiteFile.model_construct(site=Site.model_construct(state=tmp_path), upkeep=())
    at = Stamp(NOW_MS, 0, "boot", clock)
    assert run(file, "start", at, "", Reason.STOPPED, 60.0, as_json=False) == code
    assert len(Book(tmp_path).windows()) == kept
    assert ("timedatectl" in capsys.readouterr().err) is (code == 1)
