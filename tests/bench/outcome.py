"""What a benchmark or soak hands back: its figures, and whether its goal holds."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Outcome:
    """Figures by name, units in the name (`p95_ms`), and whether the goal holds."""

    figures: Mapping[str, float | int | str]
    held: bool

    def line(self, name: str) -> str:
        """The closing line: `NAME: key=value …`."""
        return f"{name}: " + " ".join(f"{key}={_short(value)}" for key, value in self.figures.items())

    def save(self, name: str, folder: Path) -> Path:
        """The figures as JSON in `folder`, which is made if need be."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.json"
        path.write_text(json.dumps({**self.figures, "held": self.held}, ensure_ascii=False, indent=2) + "\n", "utf-8")
        return path


def _short(value: float | int | str) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
