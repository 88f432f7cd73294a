"""The detector with answers written beforehand."""

import numpy as np
import pytest

from models.detection import Detection, Detector, Region
from models.scripted import ScriptedDetector

DARK = np.zeros((4, 6, 3), np.uint8)
SMOKE = Detection(0.9, (Region(0.1, 0.2, 0.3, 0.4, 0.95),))


def test_answers_come_in_order_and_the_last_one_stays() -> None:
    detector = ScriptedDetector([0.1, SMOKE])
    assert [detector.detect(DARK) for _ in range(4)] == [Detection(0.1), SMOKE, SMOKE, SMOKE]
    assert detector.judged == 4


def test_a_function_sees_the_frame() -> None:
    detector = ScriptedDetector(lambda frame: float(frame.mean()) / 255)
    assert detector.detect(DARK).score == 0.0
    assert detector.detect(np.full_like(DARK, 255)).score == 1.0


def test_it_passes_for_a_detector_and_has_the_name_it_was_given() -> None:
    detector: Detector = ScriptedDetector([0.5], name="demo")
    assert detector.name == "demo"


def test_no_answers_at_all_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one answer"):
        ScriptedDetector([])
