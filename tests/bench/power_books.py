"""What a device said it kept, against what it finds after its power was cut. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Name = tuple[str, int]


@dataclass
class Books:
    """Records (numbers) by the name of the message that holds them; counted in records, but for `reused`, in names."""

    kept: int = 0
    lost: int = 0
    dropped: int = 0
    reused: int = 0
    refused: int = 0
    starts: int = 0
    rescued: int = 0
    _due: dict[Name, set[int]] = field(default_factory=dict)
    _sent: dict[Name, set[int]] = field(default_factory=dict)

    def heard(self, told: Mapping[str, Any]) -> None:
        """One line of the device's."""
        for stream, number, made in told.get("kept", ()):
            self._due.setdefault((stream, number), set()).update(made)
            self.kept += len(made)
        for stream, number, made in told.get("sent", ()):
            self._saw((stream, number), set(made))
        for stream, number in told.get("forgotten", ()):
            self._due.pop((stream, number), None)
        if "found" in told:
            self._found(told)

    def _found(self, told: Mapping[str, Any]) -> None:
        self.starts += 1
        self.rescued += bool(told["rescued"])
        self.refused += bool(told["trouble"])
        there = {(stream, number): set(made) for stream, number, made in told["found"]}
        for name, made in there.items():
            self._saw(name, made, first=False)
        for name, made in list(self._due.items()):
            missing = made - there.get(name, set())
            if name not in there and _within(name, told["dropped"]):
                self.dropped += len(missing)
                del self._due[name]
            elif missing:
                self.lost += len(missing)
                del self._due[name]

    def _saw(self, name: Name, made: set[int], *, first: bool = True) -> None:
        """A name stands for one body, once that was sent."""
        if first:
            self.reused += self._sent.setdefault(name, made) != made
        else:
            self.reused += self._sent.get(name, made) != made


def _within(name: Name, runs: Sequence[tuple[str, int, int]]) -> bool:
    return any(stream == name[0] and first <= name[1] <= last for stream, first, last in runs)
