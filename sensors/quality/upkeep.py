"""When people are at an instrument: windows of maintenance, calibration or standstill, or of values put in by hand."""

from dataclasses import dataclass

from sensors.reading import ClockState, Reading, Reason

KINDS = (Reason.MAINTENANCE, Reason.CALIBRATION, Reason.STOPPED, Reason.MANUAL)


@dataclass(frozen=True, slots=True)
class Upkeep:
    """Something done to `instrument` (all of the site's if empty) from one moment to another, or until told.

    Times are milliseconds since 1970 UTC; `until_ms` itself is outside. ValueError for a `kind` that isn't in `KINDS`
    or an end that isn't after the beginning.
    """

    kind: Reason
    from_ms: int
    until_ms: int | None = None
    instrument: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"upkeep of kind {self.kind!r}; expected one of {[str(kind) for kind in KINDS]}")
        if self.until_ms is not None and self.until_ms <= self.from_ms:
            raise ValueError(f"upkeep ends at {self.until_ms}, not after its beginning at {self.from_ms}")

    def covers(self, reading: Reading) -> bool:
        """Was the reading taken meanwhile? Of a clock that was never set nobody can say: then not."""
        if self.instrument not in {"", reading.instrument} or reading.at.clock is ClockState.UNSET:
            return False
        return self.from_ms <= reading.at.wall_ms and (self.until_ms is None or reading.at.wall_ms < self.until_ms)
