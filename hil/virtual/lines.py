"""Instruments on serial lines that take their time: a pty whose bytes come no faster than the baud rate lets them."""

import os
import select
import termios
import threading
import time
import tty
from collections.abc import Callable, Sequence
from functools import reduce
from itertools import zip_longest
from operator import and_
from pathlib import Path
from typing import Protocol

from sensors.modbus.port import Framing


class Answering(Protocol):
    """An instrument on the line, such as `sensors.modbus.slave.Slave`."""

    def answer(self, request: bytes) -> bytes | None:
        """What it says to a frame, None for silence."""
        ...


class PacedLine:
    """One RS-485 line; `path` is a link to the end that a program opens as its serial port.

    An instrument with a `baudrate` of its own is deaf to a program that opened the port at another. Two that answer at
    once spoil each other's bytes.
    """

    def __init__(self, path: Path, framing: Framing, instruments: Sequence[Answering]) -> None:
        self._framing = framing
        self._instruments = instruments
        self._near, self._far = os.openpty()
        tty.setraw(self._near)
        tty.setraw(self._far)
        path.unlink(missing_ok=True)
        path.symlink_to(os.ttyname(self._far))
        self._closing, self._close = os.pipe()
        self._thread = threading.Thread(target=self._serve, name=f"line {path.name}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Take the line away and wait for its thread."""
        os.write(self._close, b".")
        self._thread.join(timeout=5)
        for end in (self._near, self._far, self._closing, self._close):
            os.close(end)

    def _serve(self) -> None:
        while request := self._request():
            heard = [one for one in self._instruments if getattr(one, "baudrate", None) in {None, _speed(self._near)}]
            answers = [answer for one in heard if (answer := one.answer(request))]
            if answers:
                self._say(_collided(answers))

    def _request(self) -> bytes:
        """The next frame: what came until the line was silent for 3.5 characters, at the pace of the line.

        A pty delivers at once what a wire would carry byte by byte; the wait makes up for it, and for the silence
        after which an instrument may take a request for whole.
        """
        heard, began = b"", 0.0
        while True:
            timeout = self._framing.gap_s if heard else None
            ready, _, _ = select.select([self._near, self._closing], [], [], timeout)
            if self._closing in ready:
                return b""
            if not ready:
                _until(began + len(heard) * self._framing.character_s + self._framing.gap_s, time.monotonic)
                return heard
            began = began or time.monotonic()
            heard += os.read(self._near, 4096)

    def _say(self, answer: bytes) -> None:
        began = time.monotonic()
        for count, byte in enumerate(answer, start=1):
            _until(began + count * self._framing.character_s, time.monotonic)
            os.write(self._near, bytes([byte]))


def _collided(answers: Sequence[bytes]) -> bytes:
    """What several that speak at once make of each other's bytes, each a little later than the one before; one alone
    is heard as it is."""
    late = (b"\xff" * nth + answer for nth, answer in enumerate(answers))
    return bytes(reduce(and_, together) for together in zip_longest(*late, fillvalue=0xFF))


def _speed(port: int) -> int | None:
    """The baud rate that the program at the far end has set; None for one that has no name."""
    return _RATES.get(termios.tcgetattr(port)[5])


_RATES = {getattr(termios, name): int(name[1:]) for name in dir(termios) if name[0] == "B" and name[1:].isdigit()}


def _until(moment: float, now: Callable[[], float]) -> None:
    wait = moment - now()
    if wait > 0:
        time.sleep(wait)
