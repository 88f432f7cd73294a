"""The gateway's file: everything that is wrong with it at once, in two languages."""

from pathlib import Path

import pytest

from gateway.config import Config, check, load

GOOD = """
[gateway]
id = "county-gateway"
dir = "state"

[broker]
host = "0.0.0.0"
names = ["gateway.example", "10.1.2.3"]

[[sites]]
id = "pond-1"
name = "东塘"
division = "330521000000"

[county]
host = "county.example"
username = "gateway"
password_file = "secret"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "gateway.toml"
    path.write_text(text, "utf-8")
    return path


def loaded(path: Path) -> Config:
    config = load(path)
    assert isinstance(config, Config), config
    return config


def test_a_good_file_has_no_faults_and_its_paths_count_from_its_folder(tmp_path: Path) -> None:
    config = loaded(written(tmp_path, GOOD))
    assert check(tmp_path / "gateway.toml") == []
    assert config.gateway.dir == tmp_path / "state"
    assert config.archive == tmp_path / "state" / "archive.db"
    assert config.site_ids == {"pond-1"}
    assert config.county is not None
    assert config.county.password_file == tmp_path / "secret"
    assert (config.county.port, config.county.prefix, config.broker.port) == (1883, "county/1", 8883)


def test_the_county_may_be_left_out(tmp_path: Path) -> None:
    config = loaded(written(tmp_path, '[gateway]\nid = "g"\ndir = "/var/lib/luxi"\n'))
    assert config.county is None
    assert config.gateway.dir == Path("/var/lib/luxi")
    assert (config.broker.mode, config.site_ids) == ("child", frozenset())


def test_a_clock_may_be_vouched_for(tmp_path: Path) -> None:
    assert loaded(written(tmp_path, GOOD)).gateway.trust_clock_within is None
    vouched = GOOD.replace('dir = "state"', 'dir = "state"\ntrust_clock_within = "500ms"')
    assert loaded(written(tmp_path, vouched)).gateway.trust_clock_within == 0.5
    written(tmp_path, vouched.replace('"500ms"', "true"))
    (fault,) = check(tmp_path / "gateway.toml")
    assert fault.key == "gateway.trust_clock_within"


def test_the_example_is_good() -> None:
    example = Path(__file__).parents[2] / "docs" / "examples" / "gateway.toml"
    assert check(example) == []


def test_all_faults_of_form_come_at_once(tmp_path: Path) -> None:
    text = GOOD.replace('id = "county-gateway"', "id = 7").replace('host = "0.0.0.0"', 'mode = "inside"\nport = 70000')
    text += 'prefix = "county/#"\ncolour = "red"\n'
    faults = check(written(tmp_path, text))
    assert {fault.key for fault in faults} == {
        "gateway.id",
        "broker.mode",
        "broker.port",
        "county.prefix",
        "county.colour",
    }
    for fault in faults:
        assert fault.zh != fault.en
        assert str(tmp_path) in fault.line("en")


def test_all_faults_of_meaning_come_at_once(tmp_path: Path) -> None:
    sites = "".join(f'[[sites]]\nid = "{name}"\nname = "n"\n' for name in ("a", "a", "gateway", "East Pond"))
    faults = check(written(tmp_path, f'[gateway]\nid = "g"\ndir = "d"\n{sites}[county]\nhost = "h"\nusername = "u"\n'))
    assert [fault.key for fault in faults] == [
        "sites[0].id",
        "sites[1].id",
        "sites[2].id",
        "sites[3].id",
        "county.password_file",
    ]
    told = "\n".join(fault.line("zh") for fault in faults)
    for words in ("重复", "保留", "小写字母", "缺失"):
        assert words in told


@pytest.mark.parametrize("prefix", ["county/1", "a", "省/县/1"])
def test_prefixes_that_can_be_topics(tmp_path: Path, prefix: str) -> None:
    text = f'[gateway]\nid = "g"\ndir = "d"\n[county]\nhost = "h"\nprefix = "{prefix}"\n'
    assert check(written(tmp_path, text)) == []


@pytest.mark.parametrize("prefix", ["", "/a", "a/", "a//b", "a/+", "a/#", "a b"])
def test_prefixes_that_cannot(tmp_path: Path, prefix: str) -> None:
    text = f'[gateway]\nid = "g"\ndir = "d"\n[county]\nhost = "h"\nprefix = "{prefix}"\n'
    assert [fault.key for fault in check(written(tmp_path, text))] == ["county.prefix"]


def test_a_file_that_is_not_there_is_one_fault(tmp_path: Path) -> None:
    (fault,) = check(tmp_path / "nowhere.toml")
    assert "nowhere.toml" in fault.line("en")
