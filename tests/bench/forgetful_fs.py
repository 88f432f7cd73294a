"""A file system in memory whose power can be cut: it keeps what was synced, and of the rest what chance leaves.

A program of its own: its argument is the folder to mount on, then perhaps `lying`, for a disk that never syncs. Each
line of standard input is a command and answered by a line: `arm PID N` kills a process before the N-th change that is
asked for from now on, and nothing is changed any more until `cut SEED`, which forgets what was not synced; `damage NAME
SEED` spoils a page of a database that holds no rows.

Of writes that were not synced any subset survives, sector by sector; of names made, moved and removed since the folder
was synced, the first few. A disk may do worse only by lying about what it synced.
"""

import errno
import json
import os
import signal
import stat
import sys
import threading
from dataclasses import dataclass, field
from random import Random
from typing import Any

from mfusepy import FUSE, FuseOSError, Operations

SECTOR, PAGE = 512, 4096
NO_ROWS = {2, 5, 10}
"""First bytes of pages of an index, of a table's inner page, or of the map of pages (sqlite.org/fileformat2.html)."""
ROOM = 1_000_000
BY_SIGNAL = 8
"""What libfuse returns when a signal ended it."""


@dataclass(eq=False)
class Node:
    """A file: as it is on the disk, as it is seen, and what lies between. A change without data cuts it to a length."""

    disk: bytearray = field(default_factory=bytearray)
    seen: bytearray = field(default_factory=bytearray)
    between: list[tuple[int, bytes | None]] = field(default_factory=list)

    def change(self, at: int, data: bytes | None) -> None:
        """Write data, or cut or lengthen the file."""
        applied(self.seen, at, data)
        self.between.append((at, data))

    def sync(self) -> None:
        """Bring all of it to the disk."""
        self.disk, self.between = bytearray(self.seen), []

    def cut(self, chance: Random) -> int:
        """Forget what was not synced, but for what happened to reach the disk; how many sectors were lost."""
        lost, keep = 0, chance.choice((0.0, 0.5, 0.9, 1.0))
        for at, data in self.between:
            for start, sector in sectors(at, data):
                if chance.random() < keep:
                    applied(self.disk, start, sector)
                else:
                    lost += 1
        self.seen, self.between = bytearray(self.disk), []
        return lost


def applied(content: bytearray, at: int, data: bytes | None) -> None:
    """Make one change to a file's content."""
    end = at if data is None else at + len(data)
    content.extend(bytes(max(0, end - len(content))))
    if data is None:
        del content[at:]
    else:
        content[at:end] = data


def sectors(at: int, data: bytes | None) -> list[tuple[int, bytes | None]]:
    """A change in the pieces that a disk writes at a time."""
    if data is None:
        return [(at, None)]
    return [(at + start, data[start : start + SECTOR]) for start in range(0, len(data), SECTOR)]


class Forgetful(Operations):  # type: ignore[misc]
    """One folder of files."""

    use_ns = True

    def __init__(self, *, lying: bool = False) -> None:
        """`lying`: it says that it synced, and doesn't."""
        self.lying = lying
        self.turn = threading.RLock()
        self.on_disk: dict[str, Node] = {}
        self.names: dict[str, Node] = {}
        self.moves: list[tuple[str, Node | None]] = []
        self.handles: dict[int, Node] = {}
        self.last_handle = 0
        self.left, self.victim, self.dead, self.struck = 0, 0, False, ""

    # --- what may be lost ------------------------------------------------------------------------------------------

    def create(self, path: str, mode: int, fi: object = None) -> int:
        with self.turn:
            self._step("create", path)
            self._name(path, Node())
            return self._handle(path)

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        with self.turn:
            self._step("write", path)
            self._node(fh).change(offset, bytes(data))
            return len(data)

    def truncate(self, path: str, length: int, fh: int | None = None) -> int:
        with self.turn:
            self._step("truncate", path)
            self._at(path).change(length, None)
            return 0

    def unlink(self, path: str) -> int:
        with self.turn:
            self._step("unlink", path)
            self._at(path)
            self._name(path, None)
            return 0

    def rename(self, old: str, new: str, flags: int = 0) -> int:
        with self.turn:
            self._step("rename", new)
            node = self._at(old)
            self.names[new] = node
            del self.names[old]
            self.moves.append((f"{old}\0{new}", node))
            return 0

    def fsync(self, path: str, datasync: int, fh: int) -> int:
        with self.turn:
            self._step("fsync", path)
            if not self.lying:
                self._node(fh).sync()
            return 0

    def fsyncdir(self, path: str, datasync: int, fh: int) -> int:
        with self.turn:
            self._step("fsyncdir", path)
            self.on_disk, self.moves = dict(self.names), []
            return 0

    # --- what changes nothing --------------------------------------------------------------------------------------

    def getattr(self, path: str, fh: int | None = None) -> dict[str, Any]:
        owner = {"st_uid": os.getuid(), "st_gid": os.getgid(), "st_atime": 0, "st_mtime": 0, "st_ctime": 0}
        if path == "/":
            return {**owner, "st_mode": stat.S_IFDIR | 0o755, "st_nlink": 2}
        with self.turn:
            node = self.handles.get(fh) if fh is not None else None
            size = len((node or self._at(path)).seen)
        return {**owner, "st_mode": stat.S_IFREG | 0o644, "st_nlink": 1, "st_size": size}

    def readdir(self, path: str, fh: int) -> list[str]:
        with self.turn:
            return [".", "..", *(name[1:] for name in self.names)]

    def open(self, path: str, flags: int) -> int:
        with self.turn:
            return self._handle(path)

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        with self.turn:
            return bytes(self._node(fh).seen[offset : offset + size])

    def release(self, path: str, fh: int) -> int:
        with self.turn:
            self.handles.pop(fh, None)
            return 0

    def opendir(self, path: str) -> int:
        return 0

    def chmod(self, path: str, mode: int) -> int:
        return 0

    def statfs(self, path: str) -> dict[str, int]:
        return {"f_bsize": PAGE, "f_frsize": PAGE, "f_blocks": ROOM, "f_bfree": ROOM, "f_bavail": ROOM}

    # --- power -----------------------------------------------------------------------------------------------------

    def arm(self, victim: int, left: int) -> dict[str, object]:
        """Kill a process before so many changes are done."""
        with self.turn:
            self.victim, self.left = victim, left
            return {}

    def cut(self, seed: int) -> dict[str, object]:
        """Forget what was not synced; what was struck, how much went, and whether a rescue was under way."""
        chance = Random(seed)
        with self.turn:
            lost = sum(node.cut(chance) for node in {*self.on_disk.values(), *self.names.values()})
            survived = self.moves[: chance.randint(0, len(self.moves))]
            names = dict(self.on_disk)
            for path, node in survived:
                old, _, new = path.partition("\0")
                found = names.pop(old, None)
                if node is not None:
                    names[new or old] = found if new and found is not None else node
            told = {"struck": self.struck, "lost": lost, "rescuing": any(".rescue" in name for name in names)}
            self.on_disk, self.names, self.moves, self.handles = names, dict(names), [], {}
            self.left, self.dead, self.struck = 0, False, ""
            return told

    def damage(self, name: str, seed: int) -> dict[str, object]:
        """Spoil a page that holds no rows; page 0 where there is none."""
        chance = Random(seed)
        with self.turn:
            node = self.names.get(f"/{name}", Node())
            starts = range(PAGE, len(node.disk) - PAGE + 1, PAGE)
            found = [at for at in starts if node.disk[at] in NO_ROWS]
            if not found:
                return {"page": 0}
            at = chance.choice([0, *found])
            for content in (node.disk, node.seen):
                content[at : at + PAGE] = chance.randbytes(PAGE)
            return {"page": at // PAGE + 1}

    def _step(self, what: str, path: str | None) -> None:
        """One change more; the last that was armed for strikes, and from then on nothing is changed."""
        if self.left == 1 and not self.dead:
            self.dead, self.struck = True, f"{what} {path}"
            os.kill(self.victim, signal.SIGKILL)
        self.left -= 1
        if self.dead:
            raise FuseOSError(errno.EIO)

    def _at(self, path: str) -> Node:
        if path not in self.names:
            raise FuseOSError(errno.ENOENT)
        return self.names[path]

    def _node(self, fh: int) -> Node:
        if fh not in self.handles:
            raise FuseOSError(errno.EIO)  # opened before the power was cut
        return self.handles[fh]

    def _handle(self, path: str) -> int:
        self.last_handle += 1
        self.handles[self.last_handle] = self._at(path)
        return self.last_handle

    def _name(self, path: str, node: Node | None) -> None:
        self.moves.append((path, node))
        if node is None:
            del self.names[path]
        else:
            self.names[path] = node


def heed(files: Forgetful) -> None:
    """Do what standard input says, until it ends; then end the file system too."""
    for line in sys.stdin:
        word, *rest = line.split()
        if word == "damage":
            told = files.damage(rest[0], int(rest[1]))
        else:
            told = {"arm": files.arm, "cut": files.cut}[word](*map(int, rest))
        print(json.dumps(told), flush=True)
    os.kill(os.getpid(), signal.SIGTERM)


def main(folder: str, *how: str) -> None:
    """Mount, and serve until told to end."""
    files = Forgetful(lying="lying" in how)
    threading.Thread(target=heed, args=(files,), daemon=True).start()
    fast = {"attr_timeout": 0, "entry_timeout": 0, "negative_timeout": 0}
    try:
        FUSE(files, folder, foreground=True, nothreads=True, hard_remove=True, **fast)
    except RuntimeError as fault:
        if fault.args != (BY_SIGNAL,):
            raise


if __name__ == "__main__":
    main(*sys.argv[1:])
