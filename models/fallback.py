"""Which model to use: the wanted one if it is sound, else the one before it, else what came with the product."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models import card
from models.card import Card, CardError
from models.ort import OnnxDetector


@dataclass(frozen=True, slots=True)
class Chosen:
    """A detector that works, its card, and what was refused before it: faults, Chinese and English in one line each."""

    detector: OnnxDetector
    card: Card
    refused: tuple[str, ...] = ()


def cards(folder: Path) -> tuple[Path, ...]:
    """Where cards are looked for, best first: installed in `folder`, the one before in `folder/previous`, shipped."""
    return folder / card.SHIPPED.name, folder / "previous" / card.SHIPPED.name, card.SHIPPED


def first_sound(paths: Sequence[Path], threads: int = 1) -> Chosen:
    """The first of the cards' files that is what its card says and loads; a card that isn't there is passed over.

    CardError with all faults where none is left. A wrong file is never loaded: see `models.card`.
    """
    refused: list[str] = []
    for path in paths:
        if not path.exists():
            continue
        try:
            found = card.load(path)
        except CardError as error:
            refused += error.faults
            continue
        for file in found.facts.files:
            try:
                return Chosen(OnnxDetector(found, threads, file.precision), found, tuple(refused))
            except CardError as error:
                refused += error.faults
    raise CardError(tuple(refused) or (f"找不到模型卡 / no card of a model is there: {', '.join(map(str, paths))}",))
