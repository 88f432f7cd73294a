"""The messages themselves: frozen, typed, array-shaped on the air so that names cost nothing."""

from enum import StrEnum

import msgspec

from sensors.reading import ClockState, Stamp


class Wire(msgspec.Struct, frozen=True, array_like=True):
    """A message or a part of one. Fields are only ever added at the end, with a default: old and new then agree."""


class Names(Wire, frozen=True):
    """What a series is of: the instrument's name at its site, the channel, its UCUM unit and its HJ 212 factor code."""

    instrument: str
    channel: str
    unit: str
    code: str


class Series(Wire, frozen=True):
    """One channel's readings in a batch, as columns of one length.

    `offsets` are milliseconds of monotonic time since the batch's `mono_ms`; `flags` are QARTOD numbers; `reasons`
    has, for each reading, the words behind a flag that isn't good, joined by commas.
    """

    instrument: str
    channel: str
    unit: str
    code: str
    offsets: tuple[int, ...]
    values: tuple[float | None, ...]
    flags: tuple[int, ...]
    reasons: tuple[str, ...]

    def __post_init__(self) -> None:
        lengths = {len(self.offsets), len(self.values), len(self.flags), len(self.reasons)}
        if len(lengths) != 1:
            raise ValueError(f"columns of {self.instrument}.{self.channel} differ in length: {sorted(lengths)}")


class Batch(Wire, frozen=True):
    """Readings of one boot under one state of the clock; `wall_ms` is the wall clock at `mono_ms`.

    `corrections` name earlier readings of that boot, mostly of earlier batches, by instrument, channel and monotonic
    time, with their final and never better quality: the next value made spikes of them. They are no readings.
    """

    boot: str
    clock: ClockState
    error_ms: int | None
    wall_ms: int
    mono_ms: int
    series: tuple[Series, ...]
    corrections: tuple[Series, ...] = ()


class Box(Wire, frozen=True):
    """A region of a picture, in fractions of its width and height."""

    x: float
    y: float
    width: float
    height: float
    score: float


class Event(StrEnum):
    """What became of an episode."""

    OPENED = "opened"
    CLOSED = "closed"


class Alarm(Wire, frozen=True):
    """An episode that a person must know of. `evidence` is the SHA-256 of its picture, None where there is none."""

    kind: str
    source: str
    episode: str
    event: Event
    at: Stamp
    score: float | None = None
    boxes: tuple[Box, ...] = ()
    model: str = ""
    evidence: str | None = None


class Evidence(Wire, frozen=True):
    """The picture that was judged, byte for byte; `sha256` is of `data`."""

    episode: str
    source: str
    at: Stamp
    media_type: str
    width: int
    height: int
    sha256: str
    data: bytes


class Board(Wire, frozen=True):
    """The computer itself; None where the board does not tell."""

    temperature_c: float | None
    throttled: bool | None
    load_1min: float | None
    memory_free_mb: int | None
    disk_free_mb: int | None


class RankDepth(Wire, frozen=True):
    """What waits of one rank (`alarm`, `evidence`, `health`, `reading`), and what was ever dropped for want of room."""

    rank: str
    messages: int
    bytes: int
    dropped: int
    dropped_bytes: int


class Depth(Wire, frozen=True):
    """What waits on disk for its acknowledgement.

    The age of the oldest in milliseconds of the monotonic clock, None where nothing waits or where it was written
    before this boot. `ranks` has those of which something waits or was dropped; `aside` counts messages that could
    never be sent; `trouble` says what ails the disk, empty where nothing does.
    """

    messages: int
    bytes: int
    oldest_age_ms: int | None
    ranks: tuple[RankDepth, ...] = ()
    aside: int = 0
    trouble: str = ""


class ServiceState(Wire, frozen=True):
    """One thread of a program: does it live, how often was it restarted, when did it last finish a piece of work."""

    name: str
    alive: bool
    restarts: int
    beat_age_ms: int | None
    last_fault: str = ""


class InstrumentState(Wire, frozen=True):
    """One instrument on its bus; counters since the program started."""

    name: str
    bus: str
    answer_age_ms: int | None
    answers: int
    timeouts: int
    crc_errors: int
    refusals: int
    trouble: str = ""


class CameraState(Wire, frozen=True):
    """One camera; counters since the program started."""

    name: str
    frame_age_ms: int | None
    judged: int
    skipped: int
    reconnects: int
    trouble: str = ""


class Health(Wire, frozen=True):
    """How one program of a device is. `starts` counts how often it was started since its spool was made."""

    program: str
    version: str
    at: Stamp
    uptime_ms: int
    connected: bool
    board: Board
    spool: Depth
    services: tuple[ServiceState, ...] = ()
    instruments: tuple[InstrumentState, ...] = ()
    cameras: tuple[CameraState, ...] = ()
    starts: int = 0


class Online(Wire, frozen=True):
    """Retained on `…/up/online/<program>`; the will says `online` false when a program vanishes."""

    program: str
    online: bool
    version: str = ""


class Ack(Wire, frozen=True):
    """What the gateway has on its disk: runs of sequence numbers, both ends included, of one stream."""

    stream: str
    runs: tuple[tuple[int, int], ...]


class ClockFix(Wire, frozen=True):
    """What a boot's clock is found to be: its wall time is monotonic time + `offset_ms`, as of `at`, within its error.

    Told once in each boot, as soon as the clock is right, and again when it was stepped by more than a second. `off_ms`
    is by how much wall time moved forward then: stamps of before that say "unset" or "restored" were off by it.
    """

    at: Stamp
    off_ms: int = 0

    @property
    def offset_ms(self) -> int:
        """Wall time less monotonic time."""
        return self.at.wall_ms - self.at.mono_ms


Body = Batch | Alarm | Evidence | Health | ClockFix
