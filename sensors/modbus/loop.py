"""A line in memory: simulated instruments on a hand-cranked clock, where every byte takes its time."""

from collections.abc import Callable, Sequence
from typing import Protocol

from sensors.clock import HandClock
from sensors.modbus.port import Framing, PortLost


class Answers(Protocol):
    """Anything that stands on a line and answers."""

    def answer(self, request: bytes) -> bytes | None:
        """What it sends back; None for silence."""


class Loop:
    """A `Port` whose far side are `instruments`; an answer begins `delay_s` after the request's last byte.

    `echo` returns what is written, as half-duplex adapters do. `noise` may change what arrives. While `lost` is a
    text, every use raises PortLost with it. `sent` keeps all that was written, with the time.
    """

    def __init__(
        self,
        instruments: Sequence[Answers],
        clock: HandClock,
        framing: Framing | None = None,
        delay_s: float = 0.005,
        noise: Callable[[bytes], bytes] = bytes,
        *,
        echo: bool = False,
    ) -> None:
        self.instruments = list(instruments)
        self.delay_s = delay_s
        self.noise = noise
        self.echo = echo
        self.lost = ""
        self.sent: list[tuple[float, bytes]] = []
        self._clock = clock
        self._framing = framing or Framing()
        self._coming: list[tuple[float, int]] = []

    @property
    def name(self) -> str:
        """What a real port's path would be."""
        return "loop"

    @property
    def framing(self) -> Framing:
        """How characters stand on this line."""
        return self._framing

    def write(self, data: bytes) -> None:
        """Let every instrument hear `data`."""
        self._check()
        now = self._clock.monotonic()
        self.sent.append((now, data))
        if self.echo:
            self.put(data, now)
        spoken = now + len(data) * self._framing.character_s
        for instrument in self.instruments:
            answer = instrument.answer(data)
            if answer:
                self.put(self.noise(answer), spoken + self.delay_s)

    def put(self, data: bytes, start: float) -> None:
        """Let `data` come in byte by byte from the moment `start`."""
        step = self._framing.character_s
        self._coming += [(start + step * (nth + 1), byte) for nth, byte in enumerate(data)]
        self._coming.sort(key=lambda arrival: arrival[0])

    def read(self, timeout: float) -> bytes:
        """What has come, turning the clock on to the first byte or by `timeout`."""
        self._check()
        now = self._clock.monotonic()
        first = self._coming[0][0] if self._coming else float("inf")
        self._clock.sleep(min(max(first - now, 0.0), max(timeout, 0.0)))
        now = self._clock.monotonic()
        come = [arrival for arrival in self._coming if arrival[0] <= now]
        del self._coming[: len(come)]
        return bytes(byte for _, byte in come)

    def close(self) -> None:
        """Nothing to give free."""

    def _check(self) -> None:
        if self.lost:
            raise PortLost(self.lost)
