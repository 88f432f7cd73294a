"""A site's pins at the header: taken as soon as they can be, their edges in an inbox, their trouble told on change."""

import logging
import queue
from collections.abc import Sequence
from typing import TYPE_CHECKING

from edge.pins.table import Pin, is_output
from sensors.pins.wiring import Edge, PinTrouble

if TYPE_CHECKING:
    from sensors.pins.header import Header

log = logging.getLogger(__name__)

RETRY_S = 60.0
INBOX = 10_000
"""Edges that wait at most: a loose wire may give more than anybody can look at."""


class Wires:
    """The header, for one thread; its edges come from the library's and wait in the inbox."""

    def __init__(self, pins: Sequence[Pin], header: "Header") -> None:
        self._pins = pins
        self._header = header
        self._inbox: queue.Queue[Edge] = queue.Queue(INBOX)
        self._held: set[str] = set()
        self._troubles: dict[str, str] = {}
        self._retry_at = float("-inf")
        self._overrun: set[int] = set()

    def connect(self, now: float) -> list[Pin]:
        """Try the pins that aren't held, once a minute; those that are held since this call."""
        if now < self._retry_at:
            return []
        self._retry_at = now + RETRY_S
        return [pin for pin in self._pins if pin.name not in self._held and self._taken(pin)]

    def held(self, pin: Pin) -> bool:
        """Can the pin be used?"""
        return pin.name in self._held

    def trouble(self, pin: Pin) -> str:
        """What ails the pin, in a word; empty if nothing."""
        return self._troubles.get(pin.name, "")

    def listen(self, seconds: float) -> list[Edge]:
        """The edges that wait, at most as many as fit into the inbox; waits so long for a first one."""
        edges: list[Edge] = []
        try:
            edges.append(self._inbox.get(timeout=max(0.0, seconds)))
            while len(edges) < INBOX:
                edges.append(self._inbox.get_nowait())
        except queue.Empty:
            pass
        return edges

    def overrun(self) -> set[int]:
        """The inputs of which edges were thrown away since last asked, by gpio."""
        lost, self._overrun = self._overrun, set()
        return lost

    def read(self, pin: Pin) -> bool | None:
        """Is a held input active now? None where it can't be read any more."""
        try:
            return self._header.read(pin.gpio)
        except PinTrouble as fault:
            self._lose(pin, fault)
            return None

    def switch(self, pin: Pin, *, on: bool) -> None:
        """Switch a held output."""
        try:
            self._header.switch(pin.gpio, on=on)
        except PinTrouble as fault:
            self._lose(pin, fault)

    def rest(self) -> None:
        """Outputs to their safe states; nothing is held any more."""
        self._held.clear()
        self._retry_at = float("-inf")
        self._header.rest()

    def _taken(self, pin: Pin) -> bool:
        try:
            if is_output(pin):
                self._header.take(pin.output)
            else:
                self._header.watch(pin.input, self._heard)
        except PinTrouble as fault:
            self._lose(pin, fault)
            return False
        if self._troubles.pop(pin.name, ""):
            log.info("pin %s can be used again", pin.name)
        self._held.add(pin.name)
        return True

    def _lose(self, pin: Pin, fault: PinTrouble) -> None:
        self._held.discard(pin.name)
        if self._troubles.get(pin.name) != fault.word:
            log.warning("pin %s: %s", pin.name, fault)
            self._troubles[pin.name] = fault.word

    def _heard(self, edge: Edge) -> None:
        """Called by the library's thread, which must not wait."""
        try:
            self._inbox.put_nowait(edge)
        except queue.Full:
            self._overrun.add(edge.gpio)
