"""What `./dev bench NAME` and `./dev soak NAME` run: `bench_NAME.py` or `soak_NAME.py` beside this file.

Each such file has `run(arguments: list[str]) -> Outcome` and a docstring that names its goal. The closing line, the
figures in `build/bench/NAME.json` and the exit status (0 only if the goal holds) are made here, once for all.
"""

import importlib
import sys
from collections.abc import Callable
from pathlib import Path

from tests.bench.outcome import Outcome

HERE = Path(__file__).parent
FIGURES = HERE.parents[1] / "build" / "bench"


def available(kind: str, folder: Path = HERE) -> dict[str, str]:
    """Name as typed -> module, for `bench` or `soak`."""
    stems = sorted(path.stem for path in folder.glob(f"{kind}_*.py"))
    return {stem.removeprefix(f"{kind}_").replace("_", "-"): stem for stem in stems}


def usage(kind: str, names: dict[str, str]) -> str:
    """What may be typed."""
    if not names:
        return f"还没有任何 {kind} / there is no {kind} yet"
    return f"用法 / usage: ./dev {kind} NAME [...]\nNAME: {', '.join(names)}"


def report(name: str, run: Callable[[list[str]], Outcome], arguments: list[str], figures: Path = FIGURES) -> int:
    """Run one, save its figures, close with its line; the exit status."""
    outcome = run(arguments)
    outcome.save(name, figures)
    print(outcome.line(name))
    return 0 if outcome.held else 1


def main(kind: str, arguments: list[str]) -> int:
    """The exit status: 0 the goal holds, 1 it doesn't, 2 wrong usage."""
    names = available(kind)
    if not arguments or arguments[0] not in names:
        print(usage(kind, names), file=sys.stderr)
        return 2
    module = importlib.import_module(f"tests.bench.{names[arguments[0]]}")
    return report(arguments[0], module.run, arguments[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
