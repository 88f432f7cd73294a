"""Readings and messages of every shape, for tests of the contract."""

from hypothesis import strategies as st

from edge.wire.messages import (
    Alarm,
    Board,
    Box,
    CameraState,
    ClockFix,
    Depth,
    Event,
    Evidence,
    Health,
    InstrumentState,
    ServiceState,
)
from sensors.reading import GOOD, ClockState, Flag, Quality, Reading, Reason, Stamp

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
MOMENTS = st.integers(0, 4_000_000_000_000)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
STAMPS = st.builds(
    Stamp,
    wall_ms=MOMENTS,
    mono_ms=MOMENTS,
    boot=st.sampled_from(["boot-1", "boot-2"]),
    clock=st.sampled_from(ClockState),
    error_ms=st.none() | st.integers(0, 10_000),
)
QUALITIES = st.builds(
    Quality,
    st.sampled_from([Flag.UNKNOWN, Flag.SUSPECT, Flag.BAD]),
    st.lists(st.sampled_from(Reason), max_size=3).map(tuple),
)
_NAMES = {
    "instrument": st.sampled_from(["y504-1", "s8", "水温"]),
    "channel": st.sampled_from(["co2", "do", "temperature"]),
    "unit": st.sampled_from(["Cel", "[ppm]", "mg/L"]),
    "code": st.sampled_from(["", "w01009"]),
    "at": STAMPS,
}
READINGS = st.builds(Reading, value=NUMBERS, quality=st.just(GOOD) | QUALITIES, **_NAMES) | st.builds(
    Reading,
    value=st.none(),
    quality=st.builds(Quality, st.just(Flag.MISSING), st.sampled_from(Reason).map(lambda one: (one,))),
    **_NAMES,
)
BOXES = st.builds(Box, *[NUMBERS] * 5)
ALARMS = st.builds(
    Alarm,
    kind=WORDS,
    source=WORDS,
    episode=WORDS,
    event=st.sampled_from(Event),
    at=STAMPS,
    score=st.none() | NUMBERS,
    boxes=st.lists(BOXES, max_size=3).map(tuple),
    model=WORDS,
    evidence=st.none() | WORDS,
)
PICTURES = st.builds(
    Evidence,
    episode=WORDS,
    source=WORDS,
    at=STAMPS,
    media_type=WORDS,
    width=st.integers(0, 5000),
    height=st.integers(0, 5000),
    sha256=WORDS,
    data=st.binary(max_size=200),
)
FIXES = st.builds(ClockFix, STAMPS, st.integers(-(2**40), 2**40))
_COUNT = st.integers(0, 2**40)
_AGE = st.none() | _COUNT
HEALTHS = st.builds(
    Health,
    program=WORDS,
    version=WORDS,
    at=STAMPS,
    uptime_ms=_COUNT,
    connected=st.booleans(),
    board=st.builds(Board, st.none() | NUMBERS, st.none() | st.booleans(), st.none() | NUMBERS, _AGE, _AGE),
    spool=st.builds(Depth, _COUNT, _COUNT, _AGE),
    services=st.lists(st.builds(ServiceState, WORDS, st.booleans(), _COUNT, _AGE, WORDS), max_size=2).map(tuple),
    instruments=st.lists(
        st.builds(InstrumentState, WORDS, WORDS, _AGE, _COUNT, _COUNT, _COUNT, _COUNT, WORDS), max_size=2
    ).map(tuple),
    cameras=st.lists(st.builds(CameraState, WORDS, _AGE, _COUNT, _COUNT, _COUNT, WORDS), max_size=2).map(tuple),
)
