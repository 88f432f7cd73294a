"""What the house rules look at: the product's modules as text and as syntax trees."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("sensors", "models", "edge", "gateway", "hil")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One module: its path from the root, and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.text, self.path)

    @property
    def lines(self) -> int:
        """How long it is."""
        return len(self.text.splitlines())

    def at(self, node: ast.AST) -> str:
        """Where a node stands, as an editor takes it."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}"

    def functions(self) -> Iterator[tuple[Function, int]]:
        """Every function and method with its length in lines, decorators apart."""
        for node in ast.walk(self.tree):
            if isinstance(node, Function):
                yield node, (node.end_lineno or node.lineno) - node.lineno + 1

    def imported(self) -> Iterator[tuple[ast.stmt, str]]:
        """Every import with the full name of what it brings."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from ((node, f"{node.module or '.'}.{alias.name}") for alias in node.names)


def sources(folders: Iterable[str], root: Path = ROOT) -> list[Source]:
    """All modules below these folders."""
    paths = sorted(path for folder in folders for path in (root / folder).rglob("*.py"))
    return [Source(path.relative_to(root).as_posix(), path.read_text("utf-8")) for path in paths]


def product() -> list[Source]:
    """All modules of the product."""
    return sources(PACKAGES)


def tests() -> list[Source]:
    """All modules of the tests."""
    return sources(["tests"])


def name_of(node: ast.expr | None) -> str:
    """The last part of a dotted name: `Thread` for `threading.Thread`; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""
