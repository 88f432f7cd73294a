"""Small files that are replaced: whole or old, and never a reason to stop."""

from pathlib import Path

from edge.runtime.replace import replace


def test_it_is_replaced_as_a_whole_and_others_may_look(tmp_path: Path) -> None:
    path = tmp_path / "status"
    replace(path, b"one")
    replace(path, b"two")
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o644
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_written_stays_old(tmp_path: Path) -> None:
    path = tmp_path / "status"
    replace(path, b"one")
    path.with_suffix(".new").mkdir()
    replace(path, b"two")
    replace(tmp_path / "nowhere" / "status", b"three")
    assert path.read_bytes() == b"one"


def test_nothing_is_left_behind_where_the_place_is_taken(tmp_path: Path) -> None:
    (tmp_path / "status").mkdir()
    replace(tmp_path / "status", b"one")
    assert [path.name for path in tmp_path.iterdir()] == ["status"]
