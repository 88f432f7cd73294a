"""What the probes of a simulated instrument meet, and what its calibrations make of that (pure)."""

from collections.abc import Callable, Sequence

from sensors.channel import Channel
from sensors.profile import Profile
from sensors.service import Calibration, Setting

Held = Callable[[Setting], Sequence[float]]
"""The numbers that a setting holds."""


class Probe:
    """The probes of one unit. What one meets is told as a unit shows it whose calibration changes nothing."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._met: dict[str, float] = {}
        self._points: dict[str, dict[float, float]] = {}

    def meet(self, channel: str, value: float) -> None:
        """Put the probe of `channel` into something."""
        self._met[channel] = value

    def taught(self, setting: Setting, value: float) -> None:
        """`value` was written to `setting`: where that means "you stand in this", the probe remembers what it meets."""
        for work in self._profile.calibrations:
            if work.kind == "points" and setting.name in work.settings:
                for name in work.channels:
                    self._points.setdefault(name, {})[value] = self._met.get(name, value)

    def shown(self, held: Held) -> dict[str, float]:
        """What each channel that meets something shows, under the calibrations that the settings hold."""
        return {name: self._through(name, value, held) for name, value in self._met.items()}

    def _through(self, name: str, value: float, held: Held) -> float:
        channel = self._profile.channel(name)
        assert channel is not None  # the slave looked it up
        for work in self._profile.calibrations:
            if name in work.channels:
                value = self._calibrated(work, channel, value, held)
        return value

    def _calibrated(self, work: Calibration, channel: Channel, value: float, held: Held) -> float:
        settings = (self._profile.setting(name) for name in work.settings)
        numbers = [number for one in settings if one is not None for number in held(one)]
        if work.kind == "offset":
            return value + numbers[0]
        if work.kind == "linear":
            own = (value - channel.offset) / channel.scale
            return (numbers[0] * own + numbers[1]) * channel.scale + channel.offset
        return _between(self._points.get(channel.name, {}), value)


def _between(points: dict[float, float], met: float) -> float:
    """Shifted by one point; on the straight line through the two that lie nearest to what is met."""
    nearest = sorted(points.items(), key=lambda point: abs(point[1] - met))[:2]
    if not nearest:
        return met
    (true, own), *second = nearest
    if not second or second[0][1] == own:
        return met + true - own
    return true + (met - own) * (second[0][0] - true) / (second[0][1] - own)
