"""One process per state folder: a lock that the kernel lets go of however the process ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class AlreadyRunningError(RuntimeError):
    """Another process of the same program works on the same state folder."""


@contextmanager
def alone(folder: Path, program: str) -> Iterator[None]:
    """Hold the state folder for one process of a program; AlreadyRunningError, OSError where that can't be had."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{program}.lock"
    with path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as fault:
            lock.seek(0)
            who = lock.read(20).strip() or "?"
            raise AlreadyRunningError(
                f"{path}: 另一个 {program} 进程正在运行（{who}），请先停止它 / "
                f"another {program} is running (process {who}): stop it first"
            ) from fault
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield
