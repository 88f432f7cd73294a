"""How a device asks its gateway what time it is. Neither message waits on a disk: an old answer is a wrong one."""

from edge.wire.messages import Wire
from sensors.reading import ClockState


class TimeRequest(Wire, frozen=True):
    """A device's question; `mono_ms` is its monotonic time, which the answer repeats."""

    mono_ms: int


class TimeOffer(Wire, frozen=True):
    """The gateway's wall time at answering, how its clock stands, and the bound on its error."""

    mono_ms: int
    wall_ms: int
    clock: ClockState
    error_ms: int
