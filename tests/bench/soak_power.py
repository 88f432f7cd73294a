"""The spool under power cuts, on a file system that forgets what was not synced, with now and then a spoilt page.

Goal: whatever `put` and the keeper said was kept waits after each cut, or was acknowledged, or is counted as dropped;
the device starts each time, and no name ever stands for another body. A cut strikes before a change chosen by lot: in
the middle of a commit, of the log being carried into the file, of a start, of a rescue.
"""

import argparse
import ctypes.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from tests.bench.outcome import Outcome
from tests.bench.power_books import Books

SPOOL = "sense.db"
RECORDS = 1_000_000
"""Numbers that one boot may use."""
Figures = dict[str, float | int | str]


def missing() -> str:
    """What keeps a file system of our own from being mounted here; empty where nothing does."""
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        return "/dev/fuse 不可用 / there is no /dev/fuse to be used here"
    mounts = os.geteuid() == 0 or shutil.which("fusermount3") or shutil.which("fusermount")
    if not (mounts and (ctypes.util.find_library("fuse3") or ctypes.util.find_library("fuse"))):
        return "缺少 fuse3，请安装 / fuse3 is missing: apt-get install fuse3"
    return ""


def run(arguments: list[str]) -> Outcome:
    """Cut, start, look, and close the books."""
    wanted = _parsed(arguments)
    if why := missing():
        print(why, file=sys.stderr)
        return Outcome({"cuts": 0, "missing": why}, held=False)
    random, books, began = Random(wanted.seed), Books(), time.monotonic()
    counts: Figures = dict.fromkeys(("cuts", "in_start", "in_checkpoint", "in_rescue", "spoilt", "sectors"), 0)
    with tempfile.TemporaryDirectory(prefix="luxi-power-") as folder, Disk(Path(folder)).mounted(wanted) as disk:
        for number in range(wanted.cuts):
            _cut(disk, books, counts, number, random)
        _boot(disk, books, wanted.cuts, random, None)
    found = {name: getattr(books, name) for name in ("lost", "refused", "reused", "kept", "dropped", "rescued")}
    figures = {"cuts": counts.pop("cuts"), **found, **counts, "seed": wanted.seed, "seconds": time.monotonic() - began}
    return Outcome(figures, held=_held(figures))


def _parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev soak power", description=__doc__)
    parser.add_argument("--cuts", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--lying", action="store_true", help="a disk that never syncs: the goal must fail")
    return parser.parse_args(arguments)


def _held(figures: Figures) -> bool:
    """Nothing lost, nothing refused, no name used twice, and that after something was kept and cut off."""
    clean = not any(figures[name] for name in ("lost", "refused", "reused"))
    return clean and min(int(figures["cuts"]), int(figures["kept"]), int(figures["sectors"])) > 0


class Disk:
    """The file system that forgets, in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def mounted(self, wanted: argparse.Namespace) -> Iterator["Disk"]:
        """Mounted, until the block ends."""
        command = [
            sys.executable,
            "-m",
            "tests.bench.forgetful_fs",
            str(self.folder),
            *(["lying"] if wanted.lying else []),
        ]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as self._process:
            try:
                self._wait()
                yield self
            finally:
                assert self._process.stdin is not None
                self._process.stdin.close()
                self._process.wait(10)

    def ask(self, *words: object) -> dict[str, object]:
        """Have it do something; its answer."""
        assert self._process.stdin is not None and self._process.stdout is not None
        print(*words, file=self._process.stdin, flush=True)
        return dict(json.loads(self._process.stdout.readline()))

    def _wait(self) -> None:
        for _ in range(200):
            if self.folder.is_mount():
                return
            if self._process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError(f"{self.folder}: the file system that forgets could not be mounted")


def _cut(disk: Disk, books: Books, counts: Figures, number: int, random: Random) -> None:
    """One boot that ends in a cut; now and then a page is spoilt before it."""
    if random.random() < 0.25 and disk.ask("damage", SPOOL, random.randrange(2**32))["page"]:
        counts["spoilt"] += 1  # type: ignore[operator]
    starts = books.starts
    _boot(disk, books, number, random, random.randint(1, 60 if random.random() < 0.4 else 1500))
    told = disk.ask("cut", random.randrange(2**32))
    counts["cuts"] += 1  # type: ignore[operator]
    counts["in_start"] += books.starts == starts  # type: ignore[operator]
    counts["in_checkpoint"] += told["struck"] in {f"write /{SPOOL}", f"fsync /{SPOOL}"}  # type: ignore[operator]
    counts["in_rescue"] += bool(told["rescuing"])  # type: ignore[operator]
    counts["sectors"] += told["lost"]  # type: ignore[operator]


def _boot(disk: Disk, books: Books, number: int, random: Random, changes: int | None) -> None:
    """Run the device until it is struck before so many changes; without a number until it told what it found."""
    path = disk.folder / SPOOL
    words = [str(path), f"boot-{number}", str(random.randrange(2**32)), str((number + 1) * RECORDS)]
    command = [sys.executable, "-m", "tests.bench.power_device", *words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as device:
        assert device.stdin is not None and device.stdout is not None
        disk.ask("arm", device.pid, changes or 0)
        print("go", file=device.stdin, flush=True)
        for line in device.stdout:
            if line.endswith("\n"):  # else it was struck in the middle of saying so
                books.heard(json.loads(line))
            if changes is None:
                device.kill()
    if device.returncode != -9:
        books.refused += 1
