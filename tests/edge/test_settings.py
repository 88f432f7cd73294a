"""Durations and paths as they stand in configuration files."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.runtime.settings import FilePath, read, resolved
from sensors.duration import Duration, seconds
from sensors.strict import Strict


class Example(Strict):
    every: Duration = 60.0
    key: FilePath


@pytest.mark.parametrize(
    ("text", "expected"),
    [("500ms", 0.5), ("30s", 30), ("1.5s", 1.5), ("5min", 300), ("1h", 3600), ("10 s", 10)],
)
def test_durations(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "30", "s", "-5s", "0s", "1e3s", "٣s", "5 minutes", "1.2.3s", 30, None])
def test_what_is_no_duration(text: object) -> None:
    with pytest.raises(ValueError, match="应为时长"):
        seconds(text)


@given(st.integers(1, 10_000), st.sampled_from([("ms", 0.001), ("s", 1.0), ("min", 60.0), ("h", 3600.0)]))
def test_every_whole_number_of_every_unit(number: int, unit: tuple[str, float]) -> None:
    assert seconds(f"{number}{unit[0]}") == number * unit[1]


def test_reads_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text('every = "5s"\nkey = "keys/site.key"\n')
    assert read(path, Example) == Example(every="5s", key="keys/site.key")  # type: ignore[arg-type]


def test_all_faults_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text('every = "often"\nkey = ""\nkye = 1\n')
    faults = read(path, Example)
    assert isinstance(faults, tuple)
    assert sorted((fault.key, fault.found) for fault in faults) == [("every", "'often'"), ("key", "''"), ("kye", "1")]


@pytest.mark.parametrize(
    ("content", "word"), [(None, "no such file"), (b"\xff\xfe", "can't be read"), (b"a = ", "TOML")]
)
def test_a_file_that_is_none(tmp_path: Path, content: bytes | None, word: str) -> None:
    path = tmp_path / "a.toml"
    if content is not None:
        path.write_bytes(content)
    faults = read(path, Example)
    assert isinstance(faults, tuple)
    assert word in faults[0].line("en")
    assert str(path) in faults[0].line("zh")


def test_relative_paths_count_from_the_file() -> None:
    assert resolved(Path("/etc/luxi/site.toml"), Path("keys/a")) == Path("/etc/luxi/keys/a")
    assert resolved(Path("/etc/luxi/site.toml"), Path("/keys/a")) == Path("/keys/a")
