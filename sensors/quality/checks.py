"""What a channel's values are held against: QARTOD's tests with their thresholds, as a profile or site file has them.

A test that has no table is not evaluated. Thresholds have no defaults: QARTOD leaves them to whoever knows the water.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from sensors.duration import Duration
from sensors.fault import Fault
from sensors.place import Finite, span_problem
from sensors.strict import Problem, Problems, Strict

MAX_VALUES = 4096
"""So many values one test remembers of one channel at most."""
MOST_ASKED = MAX_VALUES // 2
"""So many are there for certain in a full window, however fast the values came."""

Span = tuple[Finite, Finite]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Method(StrEnum):
    """How a spike is measured: off the mean of its neighbours, or by the lesser of the jumps there and back."""

    AVERAGE = "average"
    DIFFERENTIAL = "differential"


class Measure(StrEnum):
    """How lively a signal is: standard deviation of the population, or greatest minus least."""

    STD = "std"
    RANGE = "range"


class Limits(Strict):
    """One test's table: a limit at which a value becomes SUSPECT, one at which it becomes BAD, or both."""

    def problems(self) -> Iterator[Problem]:
        """What does not agree within the table."""
        raise NotImplementedError

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if found := tuple(self.problems()):
            raise Problems(found)
        return self


class GrossRange(Limits):
    """QARTOD's gross range: outside of `fail` a value is BAD, outside of `suspect` SUSPECT; the ends are inside."""

    fail: Span | None = None
    suspect: Span | None = None

    def problems(self) -> Iterator[Problem]:
        """What does not agree within the table."""
        yield from _one_of("suspect", self.suspect, "fail", self.fail)
        yield from span_problem("suspect", self.suspect)
        yield from span_problem("fail", self.fail)
        if self.fail and self.suspect and not self.fail[0] <= self.suspect[0] < self.suspect[1] <= self.fail[1]:
            zh, en = f"应在 fail = {list(self.fail)} 之内", f"must lie inside fail = {list(self.fail)}"
            yield Problem("suspect", str(list(self.suspect)), zh, en)


class Spike(Limits):
    """A value that stands out from the one before and the one after by more than `suspect` or `fail`, in `unit`.

    By `average` the neighbours of a great spike are flagged too, as ioos_qc does; by `differential` they aren't, and
    two high values in a row are no spike. Values further apart than `within` are no neighbours; without it, order
    alone counts.
    """

    suspect: Positive | None = None
    fail: Positive | None = None
    method: Method = Method.AVERAGE
    within: Duration | None = None

    def problems(self) -> Iterator[Problem]:
        """What does not agree within the table."""
        yield from _one_of("suspect", self.suspect, "fail", self.fail)
        yield from _rising("suspect", self.suspect, "fail", self.fail)


class Rate(Limits):
    """A change of more than `suspect` or `fail`, in `unit`, during `per`, since the value just before."""

    suspect: Positive | None = None
    fail: Positive | None = None
    per: Duration

    def problems(self) -> Iterator[Problem]:
        """What does not agree within the table."""
        yield from _one_of("suspect", self.suspect, "fail", self.fail)
        yield from _rising("suspect", self.suspect, "fail", self.fail)


class FlatLine(Limits):
    """Values that for `suspect_after` or `fail_after` stayed within less than `tolerance`, in `unit`, of each other.

    Half a step of the instrument's resolution is a good tolerance.
    """

    suspect_after: Duration | None = None
    fail_after: Duration | None = None
    tolerance: Positive

    def problems(self) -> Iterator[Problem]:
        """What does not agree within the table."""
        yield from _one_of("suspect_after", self.suspect_after, "fail_after", self.fail_after)
        yield from _rising("suspect_after", self.suspect_after, "fail_after", self.fail_after)


class Attenuated(Limits):
    """A signal that moves too little: its `measure` over the last `window` is less than a threshold, in `unit`.

    With fewer than `at_least` values in the window nothing is said. Choose it near window / period: over a few values
    every signal is quiet.
    """

    suspect_below: Positive | None = None
    fail_below: Positive | None = None
    window: Duration
    at_least: Annotated[int, Field(ge=1, le=MOST_ASKED)]
    measure: Measure = Measure.STD

    def problems(self) -> Iterator[Problem]:
        """What does not agree within the table."""
        yield from _one_of("suspect_below", self.suspect_below, "fail_below", self.fail_below)
        yield from _rising("fail_below", self.fail_below, "suspect_below", self.suspect_below)


class Checks(Strict):
    """All that one channel is held against. `unit` is the thresholds', and must be the channel's."""

    unit: Annotated[str, Field(min_length=1)]
    range: GrossRange | None = None
    spike: Spike | None = None
    rate: Rate | None = None
    flat_line: FlatLine | None = None
    attenuated: Attenuated | None = None

    def over(self, base: "Checks | None") -> "Checks":
        """These, and of `base` (a profile's, say) the tests that these don't name."""
        if base is None:
            return self
        own = {name: test for name, test in self if test is not None}
        return base.model_copy(update=own)

    def faults(self, unit: str, where: str, key: str) -> tuple[Fault, ...]:
        """The fault of thresholds in another unit than the channel's, which is `unit`; `key` is this table's path."""
        if self.unit == unit:
            return ()
        zh, en = f"该通道的单位是 {unit!r}，请换算阈值", f"the channel's unit is {unit!r}: convert the thresholds"
        return (Fault(where, f"{key}.unit", repr(self.unit), zh, en),)


def _one_of(name: str, suspect: object, other: str, fail: object) -> Iterator[Problem]:
    if suspect is None and fail is None:
        zh, en = f"至少写明 {name}、{other} 之一", f"expected {name}, {other}, or both"
        yield Problem(name, "missing", zh, en)


def _rising(name: str, low: float | None, other: str, high: float | None) -> Iterator[Problem]:
    if low is not None and high is not None and low > high:
        yield Problem(name, f"{low:g}", f"不应大于 {other} = {high:g}", f"expected at most {other} = {high:g}")
