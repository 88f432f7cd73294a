"""The page about the instruments is the one that the profiles write, and tells of each what a technician looks for."""

from pathlib import Path

import pytest
from bus_kit import profile

from sensors import handbook
from sensors.catalogue import Catalogue, left_out

PAGE = Path(__file__).parents[2] / "docs" / "instruments.md"


def written() -> str:
    return handbook.page([profile(name) for name in Catalogue().names()], left_out())


def test_the_committed_page_is_what_the_profiles_write(capsys: pytest.CaptureFixture[str]) -> None:
    assert PAGE.read_text("utf-8") == written(), "run: python -m sensors.handbook > docs/instruments.md"
    handbook.main()
    assert capsys.readouterr().out == written()


def test_every_model_has_a_row_and_a_section_with_all_its_channels() -> None:
    page = written()
    for name in Catalogue().names():
        model = profile(name)
        section = page[page.index(f"\n### {name}\n") :].split("\n### ", 2)[1]
        assert f"[`{name}`](#{name})" in page
        assert model.confidence in page
        assert all(f"| `{channel.name}` |" in section for channel in model.channels)
        assert all(source in section for source in model.source)


def test_every_model_that_was_left_out_stands_there_with_its_reason() -> None:
    page = written()
    assert all(f"`{one.name}`" in page and one.why.zh in page and one.why.en in page for one in left_out())


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("xy-md02", "9600 8N1, 1"),
        ("vaisala-hmp", "19200 8N2, 240"),
        ("sokol-m", "? 8N1, 1"),
        ("victron-gx", "Modbus TCP, unit 100"),
    ],
)
def test_the_factory_line_is_told_as_a_technician_writes_it(name: str, line: str) -> None:
    assert f"| {line} |" in next(row for row in written().splitlines() if row.startswith(f"| [`{name}`]"))


def test_a_channel_tells_how_it_is_decoded() -> None:
    rows = {row.split("`")[1]: row for row in written().splitlines() if row.startswith("| `")}
    assert "u8 high" in rows["error_flag"]
    assert "u16 & 0xf0" in rows["s02_main_status"]
    assert "reading changes it" in rows["rain_partial"]
    assert "f32 CDAB" in rows["flow_rate"]
    assert "x 0.01" in rows["pv_voltage"]


def test_a_bar_in_a_text_does_not_break_the_table() -> None:
    assert handbook._cells("a|b", "c") == "| a\\|b | c |"
