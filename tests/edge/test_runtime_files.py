"""Files that are replaced as a whole, and lines that are added so that they stay."""

from pathlib import Path

import pytest

from edge.runtime.files import added, kept, replaced


@pytest.mark.parametrize("write", [replaced, kept])
def test_a_file_is_replaced_as_a_whole_and_everybody_may_read_it(tmp_path: Path, write: type(replaced)) -> None:  # type: ignore[valid-type]
    path = tmp_path / "file.json"
    write(path, b"old")
    inode = path.stat().st_ino
    write(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_ino != inode, "a reader keeps what it has opened"
    assert path.stat().st_mode & 0o777 == 0o644
    assert list(tmp_path.iterdir()) == [path]


def test_where_it_cannot_be_done_the_convenience_is_silent_and_the_other_is_not(tmp_path: Path) -> None:
    gone = tmp_path / "gone" / "file.json"
    replaced(gone, b"x")
    assert not gone.exists()
    with pytest.raises(OSError, match="gone"):
        kept(gone, b"x")


def test_on_a_full_disk_the_old_file_stays() -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full here")
    with pytest.raises(OSError, match="No space left"), full.open("wb", buffering=0) as file:
        file.write(b"x")


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
