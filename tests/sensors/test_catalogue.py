"""The shipped library: every file loads, says where its facts come from, and its codes carry the standard's unit."""

from pathlib import Path

import pytest
from bus_kit import profile

from sensors.catalogue import Catalogue
from sensors.plan import plan
from sensors.profile import Profile

NAMES = Catalogue().names()
# HJ 212-2017 appendix B: factor code -> the standard's unit, in UCUM.
UNITS = {
    "w01001": "[pH]", "w01006": "mg/L", "w01009": "mg/L", "w01010": "Cel", "w01014": "uS/cm", "w01018": "mg/L",
    "w21003": "mg/L", "a01001": "Cel", "a01002": "%", "a01007": "m/s", "a01008": "deg",
}  # fmt: skip


def test_the_models_of_the_skeleton_are_there() -> None:
    assert {
        "yosemitech-y504", "yosemitech-y532", "yosemitech-y4000", "senseair-s8", "renke-rs-ws", "xy-md02",
        "keller-series-30", "eastron-sdm120",
    } <= set(NAMES)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_every_profile_is_sound_and_has_a_source(name: str) -> None:
    model = profile(name)
    assert model.id == name
    assert model.routine, "nothing would be read"
    assert all(len(text) > 5 for text in model.source)


@pytest.mark.parametrize("name", NAMES)
def test_a_code_is_given_only_with_the_standard_s_unit(name: str) -> None:
    for channel in profile(name).channels:
        assert not channel.code or UNITS[channel.code] == channel.unit, channel.name


def test_the_same_quantity_of_air_and_water_has_different_codes() -> None:
    codes = [
        channel.code
        for name in ("yosemitech-y504", "xy-md02")
        for channel in profile(name).channels
        if channel.name == "temperature"
    ]
    assert codes == ["w01010", "a01001"]


def test_carbon_dioxide_in_ppm_has_no_code() -> None:
    (co2,) = profile("senseair-s8").routine
    assert (co2.unit, co2.code) == ("[ppm]", "")


@pytest.mark.parametrize(
    ("name", "reads"),
    [
        ("yosemitech-y532", [(0x1200, 2), (0x2400, 2), (0x2800, 2)]),
        ("yosemitech-y4000", [(0x2601, 16)]),
        ("yosemitech-y504", [(0x2600, 4), (0x2604, 2)]),
        ("senseair-s8", [(3, 1)]),
        ("keller-series-30", [(0x0100, 4)]),
        ("renke-rs-ws", [(0, 2)]),
        ("xy-md02", [(1, 2)]),
        ("eastron-sdm120", [(0, 32), (70, 6), (342, 2)]),
    ],
)
def test_what_is_read_of_a_unit_that_is_not_known_yet(name: str, reads: list[tuple[int, int]]) -> None:
    model = profile(name)
    optional = [channel.name for channel in model.channels if channel.optional]
    planned = plan(model.routine, model.reads, model.ground, optional)
    assert [(read.block.start, read.block.count) for read in planned] == reads


def test_an_unknown_model_gets_its_near_misses() -> None:
    found = Catalogue().find("Yosemitech-Y400", "site.toml", "buses[0].instruments[1].profile")
    assert isinstance(found, tuple)
    (fault,) = found
    assert fault.line("en").startswith(
        "site.toml: buses[0].instruments[1].profile: found 'Yosemitech-Y400'; no such model"
    )
    assert "yosemitech-y4000" in fault.en
    assert "yosemitech-y4000" in fault.zh


def test_without_a_near_miss_the_whole_list_is_given() -> None:
    found = Catalogue().find("qqqq")
    assert isinstance(found, tuple)
    assert all(name in found[0].en for name in NAMES)


def test_a_name_is_not_a_path() -> None:
    assert isinstance(Catalogue().find("../profiles/xy-md02"), tuple)


def test_a_faulty_file_gives_its_faults(tmp_path: Path) -> None:
    (tmp_path / "maker-m1.toml").write_text('maker = 1\nmodel = "x"\n', encoding="utf-8")
    found = Catalogue(tmp_path).find("maker-m1")
    assert not isinstance(found, Profile)
    assert {"maker", "channels", "transport"} <= {fault.key for fault in found}
    assert {fault.where for fault in found} == {str(tmp_path / "maker-m1.toml")}
