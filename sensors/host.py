"""The name of another machine, as the system is asked for it."""

from typing import cast


def octets(name: str) -> str:
    """The name as octets, where these are ASCII: as text it would load Python's tables of Unicode names, a megabyte."""
    return cast(str, name.encode()) if name.isascii() else name
