"""What every long-running command does around its work: say what is wrong with a file, log, and heed signals."""

import logging
import math
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable

from edge.runtime.words import lang
from sensors.fault import Fault


def print_faults(faults: Iterable[Fault]) -> int:
    """Show every fault of a file; the exit status of a wrong configuration."""
    for fault in faults:
        print(fault.line(lang()), file=sys.stderr)
    return 2


def while_read(work: Callable[[], int]) -> int:
    """Run what prints line after line; its exit status, or 0 where whoever read it (`| head`) wanted no more."""
    try:
        code = work()
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains when it ends
        return 0
    return code


LOOK_S = 0.5


class Stop(threading.Event):
    """An event that a signal's handler may ask to be set: `set` itself takes a lock, which the thread that the handler
    interrupts may hold. It is set by the next thread that looks; who waits looks every half second."""

    _asked = False

    def ask(self) -> None:
        """Have it set soon; takes no lock."""
        self._asked = True

    def is_set(self) -> bool:
        """Was it set, or asked to be?"""
        if self._asked:
            self.set()
        return super().is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is set, or for so many seconds."""
        left = math.inf if timeout is None else timeout
        while not self.is_set() and not super().wait(min(left, LOOK_S)):
            left -= LOOK_S
            if left <= 0:
                break
        return self.is_set()


def until_stopped(work: Callable[[threading.Event], int]) -> int:
    """Run a program until SIGTERM or SIGINT, logging to standard error; its exit status."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s", stream=sys.stderr
    )
    stop = Stop()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.ask())
    return work(stop)
