"""One shared line: one transaction at a time, silence between frames, and an account of what every instrument did."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sensors.clock import Clock
from sensors.modbus.frame import MAX_FRAME, Heard, answer_length, hear
from sensors.modbus.port import Port, PortLost
from sensors.reading import Reason

_LONGEST_STORM_S = 0.5
"""How long a line that never falls silent is waited for before it is spoken on all the same."""

_SHORTEST_ANSWER = 5
"""An exception: address, function, code, CRC."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an instrument may take to begin its answer, and the rest that it needs after one, in seconds."""

    timeout_s: float = 0.3
    turnaround_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a transaction brought no answer; `detail` is for people, "Chinese / English"."""

    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class Tally:
    """What came of the requests to one address since the line was made."""

    asked: int = 0
    answers: int = 0
    timeouts: int = 0
    crc_errors: int = 0
    exceptions: int = 0
    pending: int = 0
    foreign: int = 0
    junk_bytes: int = 0

    def after(self, reason: Reason | None, foreign: int = 0, junk: int = 0) -> "Tally":
        """The account with one more request, which ended in `reason` (None: a regular answer)."""
        return replace(
            self,
            asked=self.asked + 1,
            answers=self.answers + (reason is None),
            timeouts=self.timeouts + (reason is Reason.NO_REPLY),
            crc_errors=self.crc_errors + (reason is Reason.CRC),
            exceptions=self.exceptions + (reason is Reason.REFUSED),
            pending=self.pending + (reason is Reason.PENDING),
            foreign=self.foreign + foreign,
            junk_bytes=self.junk_bytes + junk,
        )


class Line:
    """The only owner of its port; to be used by one thread. `tally` and `stray_bytes` may be read by any."""

    def __init__(self, port: Port, clock: Clock) -> None:
        self._port = port
        self._clock = clock
        self._free_at = 0.0
        self._echoes = False
        self._tallies: dict[int, Tally] = {}
        self.stray_bytes = 0
        """Bytes that came while nothing was asked: late answers, another master, noise."""

    @property
    def name(self) -> str:
        """The port's name."""
        return self._port.name

    @property
    def echoes(self) -> bool:
        """True once the port was heard to send our own requests back (a half-duplex adapter)."""
        return self._echoes

    def tally(self, address: int) -> Tally:
        """The account of the instrument at `address`."""
        return self._tallies.get(address, Tally())

    def exchange(self, request: bytes, patience: Patience, length: int | None = None) -> bytes | Trouble:
        """Send the sealed `request` and return the regular answer to it, CRC and all, or say why there is none.

        `length` is the length of the answer, for functions that do not tell it. Exceptions 05 (acknowledge) and 06
        (busy) are `Reason.PENDING`, other exceptions `Reason.REFUSED` (Modbus V1.1b3, clause 7).
        """
        try:
            self._fall_silent()
            heard = self._transact(request, patience, length)
        except PortLost as lost:
            return Trouble(Reason.PORT, str(lost))
        self._echoes = self._echoes or heard.echo == len(request)
        outcome = _judged(request, heard, patience)
        self._count(request[0], heard, outcome)
        return outcome

    def close(self) -> None:
        """Give the port free."""
        self._port.close()

    def _fall_silent(self) -> None:
        """Wait until the line was silent for its gap, so that nobody is spoken over, and drop what comes till then."""
        give_up = max(self._clock.monotonic(), self._free_at) + _LONGEST_STORM_S
        while True:
            late = self._port.read(0.0)
            now = self._clock.monotonic()
            if late:
                self.stray_bytes += len(late)
                self._free_at = max(self._free_at, now + self._port.framing.gap_s)
            if now >= self._free_at or now >= give_up:
                return
            self._clock.sleep(self._free_at - now)

    def _transact(self, request: bytes, patience: Patience, length: int | None) -> Heard:
        framing = self._port.framing
        expected = answer_length(request) if length is None else length
        self._port.write(request)
        sent = self._clock.monotonic() + len(request) * framing.character_s
        deadline = sent + patience.timeout_s + (expected + len(request)) * framing.character_s
        heard, seen, last = b"", hear(request, b"", length), sent
        while seen.answer is None and (left := deadline - self._clock.monotonic()) > 0:
            chunk = self._port.read(left)
            if chunk:
                last = self._clock.monotonic()
                heard = (heard + chunk)[-4 * MAX_FRAME :]
                seen = hear(request, heard, length, echoes=self._echoes)
                if seen.answer is None:
                    self._clock.sleep(min(left, _coming(len(heard), expected + seen.echo) * framing.character_s))
        self._free_at = last + max(framing.gap_s, patience.turnaround_s)
        return seen

    def _count(self, address: int, heard: Heard, outcome: bytes | Trouble) -> None:
        reason = outcome.reason if isinstance(outcome, Trouble) else None
        self._tallies[address] = self.tally(address).after(reason, heard.foreign, heard.junk)


def _coming(heard: int, expected: int) -> int:
    """Characters that must still come before it is worth looking again: no need to look at every byte."""
    return max(0, (expected if heard >= _SHORTEST_ANSWER else _SHORTEST_ANSWER) - heard - 1)


def _judged(request: bytes, heard: Heard, patience: Patience) -> bytes | Trouble:
    address, answer = request[0], heard.answer
    if answer is not None and answer[1] & 0x80:
        return refusal(address, answer[2])
    if answer is not None:
        return answer
    if heard.swapped:
        return Trouble(
            Reason.CRC, f"地址 {address} 的 CRC 字节顺序颠倒 / address {address} sends its CRC bytes swapped"
        )
    if heard.ambiguous:
        return Trouble(
            Reason.CRC,
            f"地址 {address} 有两个不同应答，请查重复地址 / two different answers from {address}: "
            "look for a duplicate address",
        )
    if heard.junk:
        return Trouble(
            Reason.CRC,
            f"地址 {address} 只收到 {heard.junk} 个坏字节，请查波特率、接线、终端电阻，是否有两台同地址 / "
            f"address {address}: only {heard.junk} damaged bytes; check baud rate, wiring, termination, and "
            "whether two instruments have this address",
        )
    return Trouble(
        Reason.NO_REPLY,
        f"地址 {address} 在 {patience.timeout_s:g} 秒内无应答，请查供电、接线、地址和波特率 / "
        f"no reply from address {address} in {patience.timeout_s:g} s; check power, wiring, address, baud rate",
    )


def refusal(address: int, code: int) -> Trouble:
    """What the exception `code` from `address` means: 05 and 06 are `Reason.PENDING`, most others `REFUSED`.

    10 and 11 come from a gateway in its place: the instrument itself is silent (V1.1b3, clause 7).
    """
    zh, en = _EXCEPTIONS.get(code, ("未知异常", "unknown exception"))
    reason = {5: Reason.PENDING, 6: Reason.PENDING, 10: Reason.NO_REPLY, 11: Reason.NO_REPLY}.get(code, Reason.REFUSED)
    return Trouble(
        reason, f"地址 {address} 异常 {code:02d} {zh} / address {address} answers exception {code:02d}, {en}"
    )


_EXCEPTIONS: Mapping[int, tuple[str, str]] = {
    1: ("不支持此功能码", "illegal function"),
    2: ("没有此寄存器", "illegal data address"),
    3: ("数据值非法", "illegal data value"),
    4: ("设备故障", "device failure"),
    5: ("已受理，稍后再问", "acknowledge, ask later"),
    6: ("设备忙", "device busy"),
    8: ("存储器校验错", "memory parity error"),
    10: ("网关无通路", "gateway path unavailable"),
    11: ("网关目标无应答", "gateway target failed to respond"),
}
