"""Sizes in files: what is understood, and what is refused in words."""

import pytest

from edge.runtime.sizes import size


@pytest.mark.parametrize(("text", "bytes_"), [("500kB", 500_000), ("2GB", 2 * 10**9), ("1.5 MB", 1_500_000)])
def test_numbers_with_units(text: str, bytes_: int) -> None:
    assert size(text) == bytes_


@pytest.mark.parametrize("value", ["", "2", 2, None, "GB", "-1GB", "0MB", "1TB", "１MB", "1e3kB", True])
def test_anything_else_is_refused_in_both_languages(value: object) -> None:
    with pytest.raises(ValueError, match=r"应为字节数.*expected a size"):
        size(value)
