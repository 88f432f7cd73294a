"""Files that are replaced as a whole, and lines that are added so that they stay."""

from pathlib import Path

import pytest

from edge.runtime.files import added, kept


def test_a_file_is_replaced_as_a_whole_and_everybody_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    kept(path, b"old")
    inode = path.stat().st_ino
    kept(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_ino != inode, "a reader keeps what it has opened"
    assert path.stat().st_mode & 0o777 == 0o644
    assert list(tmp_path.iterdir()) == [path]


def test_where_it_cannot_be_done_that_is_told_and_the_old_file_stays(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="gone"):
        kept(tmp_path / "gone" / "file.json", b"x")
    path = tmp_path / "file.json"
    kept(path, b"old")
    path.with_suffix(".new").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        kept(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_lines_are_added(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    added(path, b"one")
    added(path, b"two")
    assert path.read_bytes() == b"one\ntwo\n"


def test_an_unfinished_line_is_closed_first(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b"one\nhal")
    added(path, b"two")
    assert path.read_bytes() == b"one\nhal\ntwo\n"
