"""A rendered view before a camera's eyesight, by a clock that is turned from look to look."""

from collections.abc import Callable, Iterable
from functools import cache

from edge.camera.look import HEIGHT, WIDTH, Look, looked
from edge.camera.sight import Ailment, Change, Sight
from hil.virtual.scene import Scene
from models.detection import Frame
from models.pictures import decode, jpeg, resized
from sensors.clock import HandClock

MIDNIGHT_MS = 1_790_006_400_000 - 1_790_006_400_000 % 86_400_000 - 8 * 3_600_000
"""A midnight in Beijing."""

Spoilt = Callable[[Frame], Frame]


@cache
def scene(seed: int = 1) -> Scene:
    """A view without smoke, drawn once for all tests."""
    return Scene(640, 360, seed, None)


def look_at(frame: Frame) -> Look:
    """The look at a frame that came as JPEG, as a camera's does."""
    return looked(resized(decode(jpeg(frame, 80)), WIDTH, HEIGHT))


class Eye:
    """A camera in front of a scene; `told` is what its eyesight said, with the second at which it said so."""

    def __init__(self, hour: float = 9.0, every_s: float = 5.0, seed: int = 1, coloured: bool = True) -> None:
        self.clock = HandClock(1000.0, MIDNIGHT_MS + round(hour * 3_600_000))
        self.sight = Sight(every_s, coloured)
        self.told: list[tuple[str, bool, float]] = []
        self._every_s, self._scene, self._captured = every_s, scene(seed), 0

    @property
    def second(self) -> float:
        return self.clock.monotonic() - 1000.0

    @property
    def hour(self) -> float:
        return (self.clock.now().wall_ms - MIDNIGHT_MS) / 3_600_000 % 24

    def sees(self, seconds: float, spoilt: Spoilt = lambda frame: frame) -> "Eye":
        """Look for so long, at frames to which this is done first."""
        until = self.second + seconds
        while self.second < until:
            self._look(look_at(spoilt(self._scene.frame(self.second))))
        return self

    def stares(self, seconds: float, frame: Frame) -> "Eye":
        """Look for so long at one frame, measured once."""
        look, until = look_at(frame), self.second + seconds
        while self.second < until:
            self._look(look)
        return self

    def waits(self, seconds: float) -> "Eye":
        """No frame comes for so long."""
        until = self.second + seconds
        while self.second < until:
            self._keep(self.sight.waited(self.clock.now()))
            self.clock.sleep(0.5)
        return self

    def frame(self) -> Frame:
        return self._scene.frame(self.second)

    def after(self, ailment: Ailment, began: bool, since: float) -> float:
        """Seconds from `since` until this was told, the only thing told since then."""
        ((name, what, second),) = [one for one in self.told if one[2] >= since]
        assert (name, what) == (ailment, began)
        return second - since

    def _look(self, look: Look) -> None:
        self._captured += 1
        self._keep(self.sight.looked(look, self.clock.now(), self._captured))
        self.clock.sleep(self._every_s)

    def _keep(self, changes: Iterable[Change]) -> None:
        self.told += [(change.ailment, change.began, self.second) for change in changes]
