"""A folder of pictures as a camera: for demos, tests, and cameras that store stills by themselves."""

from pathlib import Path

from edge.camera.source import Cause, Feed, Trouble
from models.detection import Frame
from models.pictures import load

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp"})


class FolderSource:
    """Plays a folder's pictures by name, one every `period_s` seconds, once or for ever."""

    def __init__(self, folder: Path, period_s: float, loop: bool) -> None:
        self._folder = folder
        self._period_s = period_s
        self._loop = loop

    @property
    def shown(self) -> str:
        """The folder's path."""
        return str(self._folder)

    def open(self) -> Feed | Trouble:
        """List the folder; pictures that come later are seen at the next opening or round."""
        pictures = pictures_in(self._folder)
        if not pictures:
            what = "文件夹里没有图片 / no pictures (.jpg, .png) in the folder"
            return Trouble(Cause.UNREACHABLE, f"{what}: {self._folder}")
        return FolderFeed(self._folder, pictures, self._period_s, self._loop)


class FolderFeed:
    """A folder being played."""

    def __init__(self, folder: Path, pictures: tuple[Path, ...], period_s: float, loop: bool) -> None:
        self.period_s = period_s
        self._folder = folder
        self._left = list(reversed(pictures))
        self._loop = loop

    def read(self) -> Frame | Trouble:
        """The next picture."""
        if not self._left and self._loop:
            self._left = list(reversed(pictures_in(self._folder)))
        if not self._left:
            return Trouble(Cause.ENDED, f"图片已播完 / all pictures shown: {self._folder}")
        try:
            return load(self._left.pop())
        except (OSError, ValueError) as fault:
            return Trouble(Cause.UNREADABLE, f"图片无法读取 / unreadable picture: {fault}")

    def close(self) -> None:
        """Nothing is held."""


def pictures_in(folder: Path) -> tuple[Path, ...]:
    """The folder's pictures by name; none where there is no folder."""
    if not folder.is_dir():
        return ()
    return tuple(sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES))
