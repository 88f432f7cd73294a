"""A card's facts as TOML: plain values first, then tables, then arrays of tables (the standard library only reads)."""

import json

from pydantic import BaseModel

from models.card import Facts


def rendered(facts: Facts) -> str:
    """The text that models.card reads back as the same facts."""
    plain, tables, arrays = [], [], []
    for key, value in facts:
        if isinstance(value, BaseModel):
            tables.append(f"\n[{key}]\n{_lines(value)}")
        elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
            arrays += [f"\n[[{key}]]\n{_lines(item)}" for item in value]
        else:
            plain.append(f"{key} = {_value(value)}\n")
    return "".join(plain + tables + arrays)


def _lines(part: BaseModel) -> str:
    return "".join(f"{key} = {_value(value)}\n" for key, value in part if value is not None)


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return "[" + "".join(f"\n    {_value(item)}," for item in value) + ("\n]" if value else "]")
    # JSON's strings and numbers are TOML's too, but for DEL, which TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
