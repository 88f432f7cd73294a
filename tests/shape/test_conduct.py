"""What no module of the product does: catch everything, start threads, act when imported, share mutable state."""

import ast
from collections.abc import Iterator

import house
import pytest
from house import Source, name_of

SUPERVISOR = "edge/runtime/supervisor.py"
BROAD = {"Exception", "BaseException"}
THREADS = {"Thread", "Timer", "ThreadPoolExecutor", "ProcessPoolExecutor", "start_new_thread", "loop_start"}


def broad_excepts(module: Source) -> Iterator[str]:
    """Handlers and `suppress` calls that take whatever comes; one that cleans up and ends in `raise` hides nothing."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler):
            caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            passes_on = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
            if not passes_on and (node.type is None or BROAD & {name_of(kind) for kind in caught}):
                yield f"{module.at(node)}: a broad except"
        elif isinstance(node, ast.Call) and name_of(node.func) == "suppress" and BROAD & set(map(name_of, node.args)):
            yield f"{module.at(node)}: a broad suppress"


def thread_starts(module: Source) -> Iterator[str]:
    """Calls that make threads, and classes that are threads."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and name_of(node.func) in THREADS:
            yield f"{module.at(node)}: {name_of(node.func)}"
        elif isinstance(node, ast.ClassDef) and THREADS & set(map(name_of, node.bases)):
            yield f"{module.at(node)}: class {node.name} is a thread"


def import_effects(module: Source) -> Iterator[str]:
    """Calls whose result nobody takes, made while the module is imported; and `global`."""
    for node in module.tree.body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            yield f"{module.at(node)}: a call at import"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Global):
            yield f"{module.at(node)}: global {', '.join(node.names)}"


def may_start_threads(path: str) -> bool:
    """The supervisor; and simulators, which join what they start."""
    return path == SUPERVISOR or path.startswith("hil/virtual/")


def test_only_the_supervisor_catches_everything_and_only_once() -> None:
    found = [line for module in house.product() for line in broad_excepts(module)]
    assert [line for line in found if not line.startswith(f"{SUPERVISOR}:")] == []
    assert len(found) <= 1


def test_only_the_supervisor_and_simulators_start_threads() -> None:
    modules = [module for module in house.product() if not may_start_threads(module.path)]
    assert [line for module in modules for line in thread_starts(module)] == []


def test_importing_does_nothing() -> None:
    assert [line for module in house.product() for line in import_effects(module)] == []


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    f()\nexcept:\n    pass\n",
        "try:\n    f()\nexcept Exception:\n    pass\n",
        "try:\n    f()\nexcept (OSError, builtins.BaseException) as e:\n    pass\n",
        "try:\n    f()\nexcept BaseException:\n    if x:\n        raise\n",
        "try:\n    f()\nexcept Exception as e:\n    raise OtherError from e\n",
        "with contextlib.suppress(Exception):\n    f()\n",
        "with suppress(OSError, BaseException):\n    f()\n",
    ],
)
def test_a_broad_except_is_seen(text: str) -> None:
    assert len(list(broad_excepts(Source("a.py", text)))) == 1


def test_a_narrow_except_is_left_alone() -> None:
    text = "try:\n    f()\nexcept (OSError, my.Exceptional):\n    pass\nwith suppress(OSError):\n    f()\n"
    text += "try:\n    f()\nexcept BaseException:\n    undo()\n    raise\n"
    assert list(broad_excepts(Source("a.py", text))) == []


@pytest.mark.parametrize(
    "text",
    [
        "threading.Thread(target=f).start()\n",
        "t = Timer(3, f)\n",
        "with ThreadPoolExecutor() as pool:\n    pass\n",
        "client.loop_start()\n",
        "class A(threading.Thread):\n    pass\n",
    ],
)
def test_a_thread_is_seen(text: str) -> None:
    assert len(list(thread_starts(Source("a.py", text)))) == 1


def test_naming_a_thread_is_not_starting_one() -> None:
    assert list(thread_starts(Source("a.py", "thread: threading.Thread | None = None\n"))) == []


@pytest.mark.parametrize("text", ["logging.basicConfig()\n", "def f():\n    global x\n    x = 1\n"])
def test_an_import_effect_is_seen(text: str) -> None:
    assert len(list(import_effects(Source("a.py", text)))) == 1


def test_values_made_at_import_are_no_effect() -> None:
    text = '"""Doc."""\nlog = logging.getLogger(__name__)\nif __name__ == "__main__":\n    main()\n'
    assert list(import_effects(Source("a.py", text))) == []
