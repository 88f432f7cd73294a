"""However batches come (late, twice, in any order, with restarts between), the records are those of a fresh start."""

import random
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from records_kit import HOUR, MIDNIGHT, MINUTE, NO_REPLY, SPIKE, STOPPED, SUSPECT, Kept, oracle, reading, same, shuffled

from sensors.reading import GOOD, ClockState, Reading

CODES = ("w21003", "w01001", "w00000", "a21026", "")
QUALITIES = [*[GOOD] * 12, SUSPECT, SPIKE, STOPPED, NO_REPLY]


@st.composite
def batches(draw: st.DrawFn) -> list[list[Reading]]:
    """Some hours around midnight: per minute a batch or none, of one to three readings a channel."""
    chance = random.Random(draw(st.integers(0, 2**32)))
    codes = draw(st.lists(st.sampled_from(CODES), min_size=1, max_size=3, unique=True))
    present = draw(st.sampled_from([0.2, 0.7, 0.75, 0.8, 1.0]))
    calm = draw(st.booleans())
    every = draw(st.sampled_from([1, 1, 2, 5]))
    found = []
    for minute in range(-61, draw(st.integers(1, 65)), every):
        if chance.random() < present:
            found.append([_one(chance, minute, code, calm) for code in codes for _ in range(chance.randint(1, 3))])
    return found


def _one(chance: random.Random, minute: int, code: str, calm: bool) -> Reading:
    quality = GOOD if calm else chance.choice(QUALITIES)
    value = None if quality is NO_REPLY else chance.randint(0, 80) / 8
    return reading(MIDNIGHT + minute * MINUTE + chance.randrange(MINUTE), value, quality, code)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(whole=batches(), seed=st.integers(0, 2**32))
def test_any_order_gives_what_a_fresh_start_gives(whole: list[list[Reading]], seed: int) -> None:
    chance = random.Random(seed)
    with TemporaryDirectory() as folder:
        kept = Kept(Path(folder), now_ms=MIDNIGHT - HOUR)
        numbered = list(enumerate(whole))
        for nth, batch in [*chance.sample(numbered, len(numbered)), *chance.sample(numbered, len(numbered) // 3)]:
            kept.seq = 10 * nth  # the same batch again has the same number
            kept.take(batch)
            kept.now_ms += chance.choice([0, 250, 30_000, 10 * MINUTE])
            if chance.random() < 0.3:
                kept.store.turn(kept.now_ms)
            if chance.random() < 0.02:
                kept.restart()
        assert same(kept.settle().all(), oracle(one for batch in whole for one in batch))
        revisions = _newest(kept)
        assert revisions == kept.all(), "the newest revision that was told is what holds"
        kept.close()


def _newest(kept: Kept) -> dict[object, object]:
    """What a county has that believes the highest revision."""
    told: dict[object, tuple[int, object]] = {}
    for change in kept.told.changes:
        for series, record in change.records:
            name = series.code, change.bucket.span, change.bucket.start_ms
            assert name not in told or told[name][0] < change.revision
            told[name] = change.revision, record
    return {name: record for name, (_, record) in told.items()}


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(whole=batches(), seed=st.integers(0, 2**32), unset=st.sets(st.integers(0, 30), max_size=5))
def test_a_clock_that_was_not_set_never_counts(whole: list[list[Reading]], seed: int, unset: set[int]) -> None:
    batches_told = [
        [reading(one.at.wall_ms, one.value, one.quality, one.code, ClockState.UNSET) for one in batch]
        if nth in unset
        else batch
        for nth, batch in enumerate(whole)
    ]
    with TemporaryDirectory() as folder:
        kept = Kept(Path(folder))
        for batch in shuffled(batches_told, random.Random(seed)):
            kept.take(batch)
        assert same(kept.settle().all(), oracle(one for batch in batches_told for one in batch))
        kept.close()
