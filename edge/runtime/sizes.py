"""Numbers of bytes as they are written in files: a number with its unit."""

from typing import Annotated

from pydantic import AfterValidator, PlainValidator

_UNITS = {"kB": 10**3, "MB": 10**6, "GB": 10**9}


def size(value: object) -> int:
    """A size such as `"500kB"`, `"20MB"`, `"2GB"`, in bytes; ValueError for anything else."""
    text = value if isinstance(value, str) else ""
    number = text[:-2].strip()
    if text[-2:] in _UNITS and number.isascii() and number.replace(".", "", 1).isdigit() and float(number) > 0:
        return round(float(number) * _UNITS[text[-2:]])
    raise ValueError('应为字节数，如 "500kB"、"20MB"、"2GB" / expected a size such as "500kB", "20MB", "2GB"')


def at_least(least: int, text: str) -> AfterValidator:
    """A bound for a size; `text` is how a person writes it."""

    def checked(value: int) -> int:
        if value >= least:
            return value
        raise ValueError(f"至少为 {text} / expected at least {text}")

    return AfterValidator(checked)


Size = Annotated[int, PlainValidator(size)]
"""Bytes; in the file a text with a unit."""
