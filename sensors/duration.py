"""Durations as they are written in files: a number with its unit."""

from typing import Annotated

from pydantic import PlainValidator

_UNITS = {"ms": 0.001, "min": 60.0, "s": 1.0, "h": 3600.0}


def seconds(value: object) -> float:
    """A duration such as `"500ms"`, `"30s"`, `"5min"`, `"1h"`, in seconds; ValueError for anything else."""
    text = value if isinstance(value, str) else ""
    for unit, factor in _UNITS.items():
        number = text.removesuffix(unit).strip()
        if text.endswith(unit) and number.isascii() and number.replace(".", "", 1).isdigit() and float(number) > 0:
            return float(number) * factor
    raise ValueError('应为时长，如 "30s"、"5min"、"500ms" / expected a duration such as "30s", "5min", "500ms"')


Duration = Annotated[float, PlainValidator(seconds)]
"""Seconds; in the file a text with a unit."""
