"""Files and functions stay small enough to be read in one go, and are tested as much as they are written."""

import math
import statistics

import house
import pytest
from house import Source

FILE_MEDIAN, FILE_MAX = 120, 300
FUNCTION_MEDIAN, FUNCTION_P95, FUNCTION_MAX = 8, 35, 50


def too_long_files(modules: list[Source]) -> list[str]:
    found = [
        f"{module.path}: {module.lines} lines, at most {FILE_MAX}" for module in modules if module.lines > FILE_MAX
    ]
    # An empty __init__ says nothing about how long a file of ours is.
    median = statistics.median(module.lines for module in modules if not module.path.endswith("__init__.py"))
    return found + ([f"median {median} lines, at most {FILE_MEDIAN}"] if median > FILE_MEDIAN else [])


def too_long_functions(modules: list[Source]) -> list[str]:
    sizes = [(size, f"{module.at(node)} {node.name}") for module in modules for node, size in module.functions()]
    found = [f"{where}: {size} lines, at most {FUNCTION_MAX}" for size, where in sizes if size > FUNCTION_MAX]
    ordered = sorted(sizes)
    median, p95 = statistics.median(size for size, _ in sizes), ordered[math.ceil(0.95 * len(ordered)) - 1][0]
    found += [f"median {median} lines, at most {FUNCTION_MEDIAN}"] if median > FUNCTION_MEDIAN else []
    if p95 > FUNCTION_P95:
        longest = ", ".join(f"{where} ({size})" for size, where in reversed(ordered[-10:]))
        found.append(f"95th percentile {p95} lines, at most {FUNCTION_P95}; the longest: {longest}")
    return found


def too_few_tests(product: list[Source], tests: list[Source]) -> list[str]:
    have, need = (sum(module.lines for module in modules) for modules in (tests, product))
    return [] if have >= need else [f"{have} lines of tests for {need} lines of product"]


def function(lines: int, name: str = "f") -> str:
    return f"def {name}():\n" + "    pass\n" * (lines - 1)


def test_files_are_short() -> None:
    assert too_long_files(house.product()) == []


def test_functions_are_short() -> None:
    assert too_long_functions(house.product()) == []


def test_there_is_as_much_test_as_product() -> None:
    assert too_few_tests(house.product(), house.tests()) == []


@pytest.mark.parametrize(
    ("lengths", "complaint"),
    [([10, 10, 301], "a2.py: 301 lines, at most 300"), ([121, 121, 10], "median 121 lines, at most 120")],
)
def test_a_long_file_is_seen(lengths: list[int], complaint: str) -> None:
    assert too_long_files([Source(f"a{i}.py", "x = 1\n" * n) for i, n in enumerate(lengths)]) == [complaint]


@pytest.mark.parametrize(
    ("lengths", "complaint"),
    [
        ([*[2] * 30, 51], "a.py:61 f30: 51 lines, at most 50"),
        ([9, 9, 9], "median 9 lines, at most 8"),
        ([*[2] * 18, 36, 36], "95th percentile 36 lines, at most 35; the longest: a.py:73 f19 (36)"),
    ],
)
def test_a_long_function_is_seen(lengths: list[int], complaint: str) -> None:
    text = "".join(function(length, f"f{i}") for i, length in enumerate(lengths))
    [found] = too_long_functions([Source("a.py", text)])
    assert found.startswith(complaint)


def test_methods_and_nested_functions_count_too() -> None:
    text = "class A:\n    async def f(self):\n        def g():\n            pass\n        pass\n"
    assert [(node.name, size) for node, size in Source("a.py", text).functions()] == [("f", 4), ("g", 2)]


def test_missing_tests_are_seen() -> None:
    product, tests = [Source("edge/a.py", "x = 1\n" * 3)], [Source("tests/a.py", "x = 1\n" * 2)]
    assert too_few_tests(product, tests) == ["2 lines of tests for 3 lines of product"]
    assert too_few_tests(tests, product) == []
