"""Pulses to quantities: a total that wraps at a stated number, and what was added since it was last told (pure)."""

from dataclasses import dataclass
from decimal import Decimal

WRAPS_AT = 1_000_000_000
"""At a pulse every 60 ms, the fastest that a meter's output may be (EN 62053-31), two years."""


@dataclass(frozen=True, slots=True)
class Meter:
    """What one pulse stands for: `per_pulse` in `unit` (UCUM); totals are counted modulo `wraps_at` pulses."""

    per_pulse: float
    unit: str
    wraps_at: int = WRAPS_AT

    def quantity(self, pulses: int) -> float:
        """So many pulses in the meter's unit, without the noise of binary fractions: 3 x 0.2 is 0.6."""
        return float(pulses * Decimal(repr(self.per_pulse)))

    def advanced(self, total: int, pulses: int) -> int:
        """The total after more pulses."""
        return (total + pulses) % self.wraps_at

    def increment(self, before: int, after: int) -> int:
        """Pulses between two totals of which the later may have wrapped, at most once."""
        return (after - before) % self.wraps_at


@dataclass(frozen=True, slots=True)
class Count:
    """A counter at one moment, in pulses: its total, and the total when it was last told."""

    total: int = 0
    told: int = 0
