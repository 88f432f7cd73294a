"""The noise soak in its short form, and that it can fail."""

from tests.bench.soak_noise import Noise, run


def test_short_form() -> None:
    outcome = run(["2000"])
    assert outcome.held
    assert outcome.figures["wrong"] == 0
    assert int(outcome.figures["spoilt"]) > 50
    assert int(outcome.figures["answers"]) + int(outcome.figures["crc_errors"]) >= 1900


def test_the_noise_is_there_and_the_same_for_a_seed() -> None:
    one, other = Noise(7), Noise(7)
    heard = [one(b"0123456789") for _ in range(300)]
    assert heard == [other(b"0123456789") for _ in range(300)]
    assert one.spoilt > 5
    assert any(frame == b"0123456789" for frame in heard)
