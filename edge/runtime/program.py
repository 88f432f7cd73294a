"""What every long-running command does around its work: say what is wrong with a file, log, and heed signals."""

import logging
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


def until_stopped(work: Callable[[threading.Event], int]) -> int:
    """Run a program until SIGTERM or SIGINT, logging to standard error; its exit status."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s", stream=sys.stderr
    )
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return work(stop)
