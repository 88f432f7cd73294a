"""What a program does about its memory leaves it working: one heap for its threads, and nothing lost in settling."""

import gc
import subprocess
import sys

from edge.runtime import memory

BUSY = """
import threading
from edge.runtime import memory
if {one}:
    memory.one_heap()
held, barrier = [], threading.Barrier(13)
def work():
    held.append([bytes(2000) for _ in range(200)])
    barrier.wait()
threads = [threading.Thread(target=work) for _ in range(12)]
[thread.start() for thread in threads]
barrier.wait()
heaps = sum("rw-p" in line and line.split("-")[0].endswith("000000") for line in open("/proc/self/maps"))
print(heaps)
"""


def heaps(*, one: bool) -> int:
    """Mappings that begin where glibc begins a thread's heap: at a multiple of 64 MB, so at least of 16."""
    done = subprocess.run([sys.executable, "-c", BUSY.format(one=one)], capture_output=True, text=True, check=True)
    return int(done.stdout)


def test_threads_share_one_heap() -> None:
    assert heaps(one=True) < heaps(one=False)


def test_settling_frees_cycles_and_keeps_what_is_held() -> None:
    class Ring:
        def __init__(self) -> None:
            self.me = self

    Ring()
    held = {"a": [1, 2, 3]}
    try:
        memory.settle()
        assert not any(isinstance(one, Ring) for one in gc.get_objects())
        assert held == {"a": [1, 2, 3]}
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
