"""One measured quantity of a model: its place, its unit, its span, and what particular values of it say."""

from collections.abc import Iterator
from enum import StrEnum

from pydantic import Field

from sensors.place import Finite, Kind, Label, Name, Place, span_problem
from sensors.strict import Problem, Strict

__all__ = ["Channel", "Finite", "Meaning", "Verdict"]


class Verdict(StrEnum):
    """What a status says about the values that it judges, from best to worst."""

    GOOD = "good"
    WARMING = "warming"
    SUSPECT = "suspect"
    BAD = "bad"
    MISSING = "missing"


class Meaning(Strict):
    """What one raw `value`, or any of the raw `bits` being set, means."""

    value: int | None = None
    bits: int | None = Field(default=None, ge=1)
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)
    verdict: Verdict = Verdict.GOOD

    def holds(self, raw: int) -> bool:
        """True if this is (part of) what `raw` means."""
        return raw == self.value if self.bits is None else bool(raw & self.bits)


class Channel(Place):
    """One quantity of an instrument, in `unit` (UCUM).

    Outside of `range`, the instrument's span, a value is BAD; outside of `usual` it is SUSPECT. `optional` channels are
    absent in some units or firmware; `diagnostic` ones are read only when a site names them. Reading one with
    `side_effect` changes the instrument: it is never probed, never asked for twice, never read along. `code` is the
    factor code of HJ 212-2017 appendix B, given only where the standard's unit is the channel's. A status names in
    `judges` the channels whose quality it decides: the worst verdict of its `meanings` that hold, or `otherwise` where
    none does.
    """

    name: Name
    quantity: Label
    unit: str = Field(min_length=1)
    code: str = Field(default="", pattern=r"^[A-Za-z0-9]*$")
    range: tuple[Finite, Finite] | None = None
    usual: tuple[Finite, Finite] | None = None
    optional: bool = False
    diagnostic: bool = False
    side_effect: bool = False
    meanings: tuple[Meaning, ...] = ()
    otherwise: Verdict = Verdict.GOOD
    judges: tuple[str, ...] = ()

    def verdict(self, raw: int) -> Verdict:
        """What the raw bits say about the channels that this one judges."""
        found = [meaning.verdict for meaning in self.meanings if meaning.holds(raw)]
        return max(found, key=list(Verdict).index) if found else self.otherwise

    def words(self, raw: int) -> tuple[Label, ...]:
        """What the raw bits mean, for people."""
        return tuple(Label(zh=one.zh, en=one.en) for one in self.meanings if one.holds(raw))

    def problems(self) -> Iterator[Problem]:
        """What does not agree within the channel."""
        yield from super().problems()
        yield from span_problem("range", self.range)
        yield from span_problem("usual", self.usual)
        if self.type is Kind.TEXT:
            yield Problem(
                "type",
                "'text'",
                "文本放在 [[identity]]，通道必须是数",
                "text goes into [[identity]]: a channel is a number",
            )
        if self.type.is_float and (self.meanings or self.judges):
            yield Problem(
                "meanings",
                repr(self.type.value),
                "只有整数和位能有 meanings",
                "only whole numbers and bits have meanings",
            )
        if self.judges and not self.meanings:
            yield Problem("meanings", "missing", "judges 需要 meanings", "judges needs meanings")
        for nth, meaning in enumerate(self.meanings):
            if (meaning.value is None) == (meaning.bits is None):
                yield Problem(
                    f"meanings[{nth}]",
                    "value, bits",
                    "value 和 bits 必须且只能写一个",
                    "expected value or bits, and not both",
                )
