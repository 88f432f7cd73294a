"""What is known of one boot's wall time, and which of two such knowledges is to be believed. Pure."""

from dataclasses import dataclass

from sensors.reading import ClockState, Stamp

DRIFT_PPM = 50
"""So far a board's crystal may run from true time: 50 ms in 1000 s, 4.3 s in a day."""


@dataclass(frozen=True, slots=True)
class Known:
    """Wall time is monotonic time + `offset_ms`, within `error_ms`, as it was found at `mono_ms` of the boot."""

    boot: str
    offset_ms: int
    error_ms: int
    mono_ms: int

    def error_at(self, mono_ms: int) -> int:
        """The bound on the error at another moment of the boot, earlier or later: it grows with the crystal's drift."""
        return self.error_ms + -(-abs(mono_ms - self.mono_ms) * DRIFT_PPM // 1_000_000)

    def stamp(self, mono_ms: int) -> Stamp:
        """A moment of the boot by this knowledge."""
        return Stamp(mono_ms + self.offset_ms, mono_ms, self.boot, ClockState.SYNCHRONISED, self.error_at(mono_ms))


def known_by(at: Stamp) -> Known:
    """What a moment of a synchronised clock tells of its boot."""
    return Known(at.boot, at.wall_ms - at.mono_ms, at.error_ms or 0, at.mono_ms)


def measured(boot: str, asked_ms: int, heard_ms: int, wall_ms: int, error_ms: int) -> Known:
    """What an answer tells that says `wall_ms`, within `error_ms`; asked and heard in the boot's monotonic time.

    As in NTP (RFC 5905, section 8) the answer is taken for the middle of the way, off by half of it at the most.
    """
    half = -(-(heard_ms - asked_ms) // 2)
    return Known(boot, wall_ms - asked_ms - half, half + error_ms, heard_ms)


def better(had: Known | None, found: Known) -> Known:
    """The one to believe: the more exact; but the newer where both can't be true or the older is of another boot."""
    if had is None or had.boot != found.boot:
        return found
    error_ms = had.error_at(found.mono_ms)
    if abs(had.offset_ms - found.offset_ms) > error_ms + found.error_ms:
        return found
    return found if found.error_ms <= error_ms else had
