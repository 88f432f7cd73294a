"""A detector whose answers are written beforehand: for tests, the demo and the bench."""

from collections.abc import Callable, Sequence

from models.detection import Detection, Frame

Answer = Detection | float


class ScriptedDetector:
    """Answers from a list (the last one again and again) or from a function of the frame; a bare number is a score."""

    def __init__(self, answers: Sequence[Answer] | Callable[[Frame], Answer], name: str = "scripted") -> None:
        """ValueError for an empty list."""
        if not callable(answers) and not answers:
            raise ValueError("a scripted detector needs at least one answer")
        self._answers = answers
        self._name = name
        self.judged = 0

    @property
    def name(self) -> str:
        """The name it was given."""
        return self._name

    def detect(self, frame: Frame) -> Detection:
        """The next answer; `judged` counts how often it was asked."""
        answers = self._answers
        answer = answers(frame) if callable(answers) else answers[min(self.judged, len(answers) - 1)]
        self.judged += 1
        return answer if isinstance(answer, Detection) else Detection(float(answer))
