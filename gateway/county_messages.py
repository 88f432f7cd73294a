"""What the county receives: JSON objects with plain names. The schemas in docs/ are generated from these types.

Fields are only ever added. Every message has an `id` that stays the same when it is sent again: whoever receives a
message twice knows it by that.
"""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from edge.wire.messages import Event
from sensors.quality.marks import Mark
from sensors.reading import Flag, Reason

Id = Annotated[str, Meta(description="Stable across resends: the key by which to drop a second copy.", min_length=1)]
Time = Annotated[
    str,
    Meta(
        description="ISO 8601, to the millisecond, with the offset +08:00.",
        pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}\+08:00$",
    ),
]
Monotonic = Annotated[int, Meta(description="Milliseconds since the device's boot; never jumps.", ge=0)]
Boot = Annotated[str, Meta(description="Names the device's boot that monotonic times count from.")]
ClockError = Annotated[
    int | None, Meta(description="The clock's own bound on its error in milliseconds; null where unknown.")
]


class Trust(StrEnum):
    """How far a time can be trusted."""

    UNSET = "unset"
    RESTORED = "restored"
    SYNCHRONISED = "synchronised"
    CORRECTED = "corrected"


ClockTrust = Annotated[
    Trust,
    Meta(
        description="synchronised: right within clock_error_ms. corrected: the device's clock was wrong, and the time"
        " was put right, within clock_error_ms, by what the same boot found out later. restored: nobody knows how far"
        " off the time is; unset: the clock was never set. Such a time is not to be trusted unless a clock message of"
        " the same boot puts it right."
    ),
]
Fraction = Annotated[float, Meta(description="Fraction of the picture's width or height.")]
Sha256 = Annotated[str, Meta(description="SHA-256 of the picture, lower-case hexadecimal.", pattern="^[0-9a-f]{64}$")]
Age = Annotated[int | None, Meta(description="Milliseconds before the message was written; null for never.")]


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What every message has."""

    id: Id
    site: Annotated[str, Meta(description="The site's id.")]


class Stamped(Message, frozen=True, kw_only=True):
    """A message from the device, with its clock's state."""

    boot: Boot
    clock: ClockTrust
    clock_error_ms: ClockError


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One channel of one instrument at one moment."""

    instrument: Annotated[str, Meta(description="The instrument's name at its site.")]
    channel: Annotated[str, Meta(description="The quantity, as the instrument's profile names it.")]
    code: Annotated[str, Meta(description="Factor code of HJ 212-2017 appendix B, empty where there is none.")]
    value: Annotated[float | None, Meta(description="Null where there is none: flag 9, and reasons say why.")]
    unit: Annotated[str, Meta(description="UCUM.")]
    flag: Annotated[Flag, Meta(description="QARTOD: 1 good, 2 not evaluated, 3 suspect, 4 bad, 9 missing.")]
    reasons: Annotated[tuple[Reason, ...], Meta(description="Why the flag is not good.")]
    time: Time
    mono_ms: Monotonic


class Readings(Stamped, frozen=True, kw_only=True):
    """Readings that a device wrote together, and what it has since found out about earlier ones."""

    readings: tuple[Reading, ...]
    corrections: Annotated[
        tuple[Reading, ...],
        Meta(
            description="Readings told before, of the same boot, with a worse flag than then: named by instrument,"
            " channel and mono_ms. They are not new readings. The worst flag ever told holds."
        ),
    ] = ()


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One channel over the message's span. Its parts are readings, minutes or hours: see `seen`."""

    instrument: Annotated[str, Meta(description="The instrument's name at its site.")]
    channel: Annotated[str, Meta(description="The quantity, as the instrument's profile names it.")]
    code: Annotated[str, Meta(description="Factor code of HJ 212-2017 appendix B, empty where there is none.")]
    unit: Annotated[str, Meta(description="UCUM.")]
    count: Annotated[
        int,
        Meta(
            description="On so many parts the numbers rest: those that are normal (readings) or valid (minutes, hours)."
            " With 0 they rest on whatever was measured, and are null where nothing was.",
            ge=0,
        ),
    ]
    seen: Annotated[
        int,
        Meta(
            description="So many parts were there: readings of a minute, minutes of ten minutes or an hour, hours of a"
            " day. 0: all that this record once rested on turned out to be of another time.",
            ge=0,
        ),
    ]
    low: Annotated[float | None, Meta(description="The smallest.")] = msgspec.field(name="min")
    mean: Annotated[float | None, Meta(description="A wind direction's is the mean direction.")]
    high: Annotated[float | None, Meta(description="The largest.")] = msgspec.field(name="max")
    weighted: Annotated[bool, Meta(description="Is the mean weighted by the site's flow (w00000)?")]
    mark: Annotated[
        Mark,
        Meta(
            description="Data flag of HJ 212-2017 table 8, by its appendix D: with a water code any abnormal part makes"
            " the whole abnormal; otherwise N where it is valid, the letter that three quarters share, or D."
        ),
    ]
    valid: Annotated[
        bool,
        Meta(
            description="Is count enough? Three quarters of what was seen in a minute or ten minutes, 45 minutes of an"
            " hour, 20 hours of a day (HJ 212-2017 appendix D, GB 3095 table 4). A reading of an instrument that is"
            " read less often than each minute stands for the minutes until the next."
        ),
    ]


class Records(Message, frozen=True, kw_only=True):
    """Minute, ten-minute, hour or day records of a site: those that are new or changed.

    A record is named by site, instrument, channel, unit, code, span and start; of several the highest revision holds.
    """

    span: Annotated[str, Meta(description="How long.", pattern="^(minute|ten-minutes|hour|day)$")]
    start: Annotated[Time, Meta(description="When it began; a day is one of +08:00.")]
    revision: Annotated[int, Meta(description="Counts the computings that changed anything in this span.", ge=1)]
    records: tuple[Record, ...]


class Region(msgspec.Struct, frozen=True, kw_only=True):
    """Where in the picture."""

    x: Fraction
    y: Fraction
    width: Fraction
    height: Fraction
    score: float


class Alarm(Stamped, frozen=True, kw_only=True):
    """An episode that a person must know of, opened or closed."""

    kind: Annotated[
        str, Meta(description="What was seen, for example smoke, camera-black, or door, float, leak, mains.")
    ]
    camera: Annotated[str, Meta(description="The name at its site of the camera or pin that saw it.")]
    episode: Annotated[str, Meta(description="The same for the opening and the closing of one episode.")]
    event: Event
    time: Time
    mono_ms: Monotonic
    score: Annotated[float | None, Meta(description="The detector's score, 0 to 1.")]
    regions: tuple[Region, ...]
    model: Annotated[str, Meta(description="The detector's name and version.")]
    picture: Sha256 | None
    picture_topic: Annotated[str | None, Meta(description="The topic on which the picture itself is published.")]


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """The computer itself; null where the board does not tell."""

    temperature_c: float | None
    throttled: bool | None
    load_1min: float | None
    memory_free_mb: int | None
    disk_free_mb: int | None


class Spool(msgspec.Struct, frozen=True, kw_only=True):
    """What waits on the device's disk."""

    messages: int
    bytes: int
    oldest_age_ms: Age


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """One thread of the program."""

    name: str
    alive: bool
    restarts: int
    beat_age_ms: Age
    last_fault: str


class Instrument(msgspec.Struct, frozen=True, kw_only=True):
    """One instrument on its bus; counters since the program started."""

    name: str
    bus: str
    answer_age_ms: Age
    answers: int
    timeouts: int
    crc_errors: int
    refusals: int
    trouble: str


class Camera(msgspec.Struct, frozen=True, kw_only=True):
    """One camera; counters since the program started."""

    name: str
    frame_age_ms: Age
    judged: int
    skipped: int
    reconnects: int
    trouble: str


class Pin(msgspec.Struct, frozen=True, kw_only=True):
    """One contact, counter, lamp, siren or relay on the device itself."""

    name: str
    kind: str
    value: Annotated[
        float | None, Meta(description="A contact's level, a counter's total, 1 for an output that is on.")
    ]
    trouble: str


class Health(Stamped, frozen=True, kw_only=True):
    """How one program of a device is."""

    program: Annotated[str, Meta(description="sense or watch.")]
    version: str
    time: Time
    mono_ms: Monotonic
    uptime_ms: int
    connected: bool
    board: Board
    spool: Spool
    services: tuple[Service, ...]
    instruments: tuple[Instrument, ...]
    cameras: tuple[Camera, ...]
    starts: Annotated[int, Meta(description="How often the program was started on this device's state.")]
    pins: tuple[Pin, ...] = ()


class Clock(Stamped, frozen=True, kw_only=True):
    """What a device's boot finds its clock to be: told once in each boot when the clock is right, and at each step.

    Times of this boot that were told with clock unset or restored are put right by it: time = mono_ms + offset_ms.
    """

    time: Time
    mono_ms: Monotonic
    offset_ms: Annotated[
        int, Meta(description="Milliseconds since 1970 UTC less mono_ms, the same all through a boot.")
    ]
    off_ms: Annotated[int, Meta(description="By how much the clock moved forward, in milliseconds, when it was found.")]


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """One program of a device."""

    program: str
    online: bool
    version: str


class Online(Message, frozen=True, kw_only=True):
    """Which of a site's programs are connected; retained."""

    online: Annotated[bool, Meta(description="Is any of its programs connected?")]
    programs: tuple[Program, ...]
    time: Annotated[Time, Meta(description="When the gateway learnt of it.")]
