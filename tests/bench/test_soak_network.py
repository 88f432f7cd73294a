"""The network soak in its short form, without the kernel's help; and how many connections the back-off allows."""

import pytest

from tests.bench.soak_network import run, tries


@pytest.mark.journey
def test_short_form() -> None:
    outcome = run(["--relay", "--seconds", "6", "--flapping", "8"])
    assert outcome.held, outcome.line("network")
    assert outcome.figures["loss_by"] == "relay"
    assert int(outcome.figures["flapping_connections"]) >= 2, "nobody was thrown out"
    assert int(outcome.figures["answers"]) > 50


@pytest.mark.parametrize(("seconds", "most"), [(0.4, 0), (0.5, 1), (1.0, 1), (1.5, 2), (3.5, 3), (600.0, 11)])
def test_tries_grow_with_the_logarithm_of_the_time(seconds: float, most: int) -> None:
    # Waits of 0.5, 1, 2, 4, … s up to 150 s: half of 1, 2, 4, … 300 s, if luck shortens each as far as it can.
    assert tries(seconds) == most
