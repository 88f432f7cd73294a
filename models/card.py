"""A model's card: what the network is, what it was made from, how good it is, and the hash that proves the file."""

import hashlib
import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

SHIPPED = Path(__file__).with_name("smoke-grid.toml")

Share = Annotated[float, Field(ge=0, le=1)]
Precision = Literal["int8", "float32"]
Text = Annotated[str, Field(min_length=1)]


class Part(BaseModel):
    """A part of a card: no conversions, no unknown keys, never changed afterwards."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class Input(Part):
    """The network's input: float32, 1 x 3 x height x width, (pixel - mean) / scale, centred, padded with 0."""

    width: Annotated[int, Field(ge=32, le=4096)]
    height: Annotated[int, Field(ge=32, le=4096)]
    layout: Literal["NCHW"]
    channels: Literal["RGB"]
    mean: Annotated[float, Field(ge=0, le=255)]
    scale: Annotated[float, Field(gt=0, le=255)]


class Output(Part):
    """The network's output: float32, 1 x rows x columns, one smoke probability a cell over the whole input.

    A picture's score is the mean of the `top_fraction` of cells.
    """

    kind: Literal["smoke-grid"]
    rows: Annotated[int, Field(ge=1, le=1024)]
    columns: Annotated[int, Field(ge=1, le=1024)]
    top_fraction: Annotated[float, Field(gt=0, le=1)]


class Thresholds(Part):
    """`picture`: a score from here on is called smoke; `cell`: a probability from here on belongs to a region."""

    picture: Share
    cell: Share


class Data(Part):
    """A source of the training material, by its licence."""

    source: Text
    licence: Text
    pictures: Annotated[int, Field(ge=1)]


class Scores(Part):
    """Figures on one set and one source of it ("all" is the whole set); 0-1, absent where they can't be had."""

    set: Text
    source: Text
    pictures: Annotated[int, Field(ge=1)]
    roc_auc: Share | None = None
    ap: Share | None = None
    precision: Share | None = None
    recall: Share | None = None
    recall_at_fpr_1pct: Share | None = None
    recall_at_fpr_5pct: Share | None = None


class Training(Part):
    """How the network was made: the command, seconds of training, steps, and the weights it started from."""

    command: Text
    seconds: Annotated[float, Field(ge=0)]
    steps: Annotated[int, Field(ge=0)]
    started_from: Text


class File(Part):
    """One export of the network. The differences are those of its cells' probabilities from the trained network's."""

    precision: Precision
    file: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+\.onnx$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    largest_difference: Share
    mean_difference: Share


class Facts(Part):
    """All that a card says; the first of its files is the one to use."""

    name: Text
    version: Text
    licence: Text
    limits: Annotated[tuple[Text, ...], Field(min_length=1)]
    input: Input
    output: Output
    thresholds: Thresholds
    training: Training
    files: Annotated[tuple[File, ...], Field(min_length=1)]
    data: Annotated[tuple[Data, ...], Field(min_length=1)]
    scores: tuple[Scores, ...] = ()


class CardError(ValueError):
    """A card or its model file can't be used; `faults` holds every fault, Chinese and English in one line each."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Card:
    """A checked card and where it lies; the model files lie beside it."""

    path: Path
    facts: Facts

    def file(self, precision: str | None = None) -> File:
        """The export of that precision, the first one where none is named; CardError where the card has none."""
        for one in self.facts.files:
            if precision in {None, one.precision}:
                return one
        there = ", ".join(one.precision for one in self.facts.files)
        zh, en = f"没有 {precision} 模型文件，只有 {there}", f"no file of precision {precision}, only {there}"
        raise CardError((f"{self.path}: {zh} / {en}",))

    def model_path(self, precision: str | None = None) -> Path:
        """The .onnx of that precision."""
        return self.path.with_name(self.file(precision).file)

    def verified(self, precision: str | None = None) -> bytes:
        """A model file's bytes, after their hash was found right; CardError where the file is absent or another.

        The bytes that were hashed are those to load: the file may be exchanged in between.
        """
        told = self.file(precision)
        path = self.path.with_name(told.file)
        try:
            data = path.read_bytes()
        except OSError as error:
            reason = error.strerror or error
            raise CardError((f"{path}: 无法读取模型文件 / the model file can't be read: {reason}",)) from error
        found = hashlib.sha256(data).hexdigest()
        if found != told.sha256:
            zh = f"模型文件与模型卡不符：SHA-256 现为 {found}，应为 {told.sha256}；拒绝加载，请重新安装模型"
            en = f"not the model of its card: SHA-256 found {found}, expected {told.sha256}"
            raise CardError((f"{path}: {zh} / {en}; refused, install the model again",))
        return data


def shipped() -> Card:
    """The card of the model that comes with the product."""
    return load(SHIPPED)


def load(path: Path) -> Card:
    """The card in a TOML file; CardError lists all of its faults at once. The model itself isn't touched yet."""
    try:
        return Card(path, parsed(path.read_text(encoding="utf-8"), str(path)))
    except (OSError, UnicodeDecodeError) as error:
        raise CardError((f"{path}: 无法读取模型卡 / the model's card can't be read: {error}",)) from error


def parsed(text: str, where: str) -> Facts:
    """The facts in a card's text; CardError lists all faults, each beginning with `where` and the key."""
    try:
        # By way of JSON: pydantic's strict mode takes arrays for tuples only from there.
        return Facts.model_validate_json(json.dumps(tomllib.loads(text), default=str))
    except tomllib.TOMLDecodeError as error:
        raise CardError((f"{where}: 不是有效的 TOML / not valid TOML: {error}",)) from error
    except ValidationError as error:
        raise CardError(tuple(_fault(detail, where) for detail in error.errors(include_url=False))) from error


def _fault(detail: ErrorDetails, where: str) -> str:
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in detail["loc"]).lstrip(".")
    if detail["type"] == "missing":
        return f"{where}: {key}: 缺少此项 / missing, this key is required"
    if detail["type"] == "extra_forbidden":
        return f"{where}: {key}: 没有这个键，请删除 / no such key, remove it"
    return f"{where}: {key}: 现为 {detail['input']!r}，不符合要求 / found {detail['input']!r}: {detail['msg']}"
