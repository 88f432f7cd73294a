"""A folder of pictures as a camera."""

from pathlib import Path

from edge.camera.folder import FolderSource
from edge.camera.source import Cause, Feed, Trouble


def opened(folder: Path, loop: bool) -> Feed:
    feed = FolderSource(folder, 0.5, loop).open()
    assert not isinstance(feed, Trouble)
    return feed


def levels(feed: Feed, count: int) -> list[int | Cause]:
    """The greys of the next frames, to the nearest ten; the cause where there is none."""
    frames = [feed.read() for _ in range(count)]
    return [frame.cause if isinstance(frame, Trouble) else round(float(frame.mean()), -1) for frame in frames]


def test_pictures_come_by_name_once(folder: Path) -> None:
    assert levels(opened(folder, loop=False), 6) == [40, 80, 120, 160, Cause.ENDED, Cause.ENDED]


def test_a_looped_folder_begins_again_and_sees_new_pictures(folder: Path) -> None:
    feed = opened(folder, loop=True)
    assert levels(feed, 5) == [40, 80, 120, 160, 40]
    (folder / "4.jpg").write_bytes((folder / "0.jpg").read_bytes())
    assert levels(feed, 5) == [80, 120, 160, 40, 80]
    assert levels(feed, 4) == [120, 160, 40, 40]


def test_other_files_are_passed_over(folder: Path) -> None:
    (folder / "manifest.csv").write_text("file,label\n")
    assert levels(opened(folder, loop=False), 5)[4] is Cause.ENDED


def test_a_broken_picture_is_told_and_the_next_one_shown(folder: Path) -> None:
    (folder / "1.jpg").write_bytes(b"no picture")
    (folder / "2.jpg").unlink()
    feed = opened(folder, loop=False)
    assert levels(feed, 3) == [40, Cause.UNREADABLE, 160]


def test_a_looped_folder_that_lost_its_pictures_ends(folder: Path) -> None:
    feed = opened(folder, loop=True)
    levels(feed, 4)
    for path in folder.iterdir():
        path.unlink()
    assert levels(feed, 1) == [Cause.ENDED]


def test_an_empty_or_missing_folder_is_trouble_that_says_where(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "gone"):
        trouble = FolderSource(folder, 1.0, loop=True).open()
        assert isinstance(trouble, Trouble)
        assert trouble.cause is Cause.UNREACHABLE
        assert str(folder) in trouble.detail
        assert "没有图片" in trouble.detail


def test_the_pace_is_the_settings(folder: Path) -> None:
    assert opened(folder, loop=True).period_s == 0.5
