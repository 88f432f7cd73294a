"""Regions over time to episodes: what is seen again and again in one place is worth one alarm (pure)."""

from dataclasses import dataclass, replace

from models.detection import Detection, Region


@dataclass(frozen=True, slots=True)
class EpisodeSettings:
    """When smoke is believed, and when it is believed to be over.

    `bar` is the score from which a frame is called smoke: the picture threshold of the model's card. An episode opens
    when, of the last `window` judged frames, at least `needed` had smoke in one place, and those scores have a mean
    that lies `lift` of the way from `bar` to 1. While it is open, `hysteresis` times `bar` is enough.
    It closes after `quiet_frames` frames in a row without a region there, and not before `quiet_ms`. Frames older
    than `stale_ms` count for nothing: a camera that comes back must convince anew. Regions are in one place when no
    more than `margin` (of the frame's width or height) lies between them. An update is told when the best score
    grew by `growth`. At most `most` places are watched at once.

    Half of six frames is pyro-engine's vote, which cut its false alarms by 30 % (its PR 267); so is 0.8.
    """

    window: int = 6
    needed: int = 3
    bar: float = 0.5
    lift: float = 0.1
    hysteresis: float = 0.8
    quiet_frames: int = 6
    quiet_ms: int = 60_000
    stale_ms: int = 120_000
    margin: float = 0.05
    growth: float = 0.05
    most: int = 8

    def __post_init__(self) -> None:
        if not 1 <= self.needed <= self.window:
            raise ValueError(f"needed is {self.needed}, expected 1 to window ({self.window})")
        if not 0 < self.bar <= 1 or not 0 < self.hysteresis <= 1 or not 0 <= self.lift < 1:
            raise ValueError(
                f"bar {self.bar} and hysteresis {self.hysteresis} must be above 0 and at most 1, "
                f"lift {self.lift} from 0 to below 1"
            )
        if self.most < 1 or self.quiet_frames < 1:
            raise ValueError(f"most ({self.most}) and quiet_frames ({self.quiet_frames}) must be at least 1")

    @property
    def mean_bar(self) -> float:
        """What the scores' mean must reach."""
        return self.bar + self.lift * (1 - self.bar)


@dataclass(frozen=True, slots=True)
class Opened:
    """An episode begins; `number` counts from 1, `score` and `regions` are the place's in the frame just judged."""

    number: int
    at_ms: int
    score: float
    regions: tuple[Region, ...]


@dataclass(frozen=True, slots=True)
class Updated:
    """An open episode showed a higher score than ever before."""

    number: int
    at_ms: int
    score: float
    regions: tuple[Region, ...]


@dataclass(frozen=True, slots=True)
class Closed:
    """An episode is over; `peak` is the highest score that it had."""

    number: int
    at_ms: int
    opened_ms: int
    peak: float


EpisodeEvent = Opened | Updated | Closed


@dataclass(frozen=True, slots=True)
class _Look:
    """What one judged frame showed in a place; 0.0 is nothing."""

    at_ms: int
    score: float


@dataclass(frozen=True, slots=True)
class _Place:
    """A part of the view where something was seen; an episode once it has a number."""

    area: Region
    looks: tuple[_Look, ...] = ()
    number: int = 0
    opened_ms: int = 0
    peak: float = 0.0
    told: float = 0.0
    seen_ms: int = 0
    quiet: int = 0

    @property
    def hits(self) -> tuple[float, ...]:
        return tuple(look.score for look in self.looks if look.score > 0)

    @property
    def mean(self) -> float:
        return sum(self.hits) / len(self.hits) if self.hits else 0.0


class Episodes:
    """One camera's judgement over time. Feed it every verdict in order; it says when something begins and ends."""

    def __init__(self, settings: EpisodeSettings) -> None:
        self._settings = settings
        self._places: tuple[_Place, ...] = ()
        self._last = 0
        self._now = -1

    @property
    def open(self) -> int:
        """How many episodes are open."""
        return sum(1 for place in self._places if place.number)

    @property
    def watched(self) -> int:
        """How many places are watched, open ones among them; never more than `most`."""
        return len(self._places)

    def step(self, detection: Detection, at_ms: int) -> tuple[EpisodeEvent, ...]:
        """Take in the verdict on the frame of `at_ms` (milliseconds, never going back)."""
        if at_ms < self._now:
            raise ValueError(f"a frame of {at_ms} ms came after one of {self._now} ms: frames must come in order")
        self._now = at_ms
        left = list(_visible(detection, self._settings.bar * self._settings.hysteresis))
        events: list[EpisodeEvent] = []
        kept: list[_Place] = []
        for place in self._places:
            found = self._claim(left, place.area, self._bar(place))
            judged, event = self._judged(_looked(place, found, at_ms, self._settings), found)
            events += [event] if event else []
            kept += [judged] if judged else []
        for place, found in self._new(left, room=self._settings.most - len(kept)):
            judged, event = self._judged(_looked(place, found, at_ms, self._settings), found)
            events += [event] if event else []
            kept += [judged] if judged else []
        # Open episodes claim regions first, the oldest before the younger, so that one fire stays one episode.
        self._places = tuple(sorted(kept, key=lambda place: (not place.number, place.number, -place.mean)))
        return tuple(events)

    def _bar(self, place: _Place) -> float:
        return self._settings.bar * (self._settings.hysteresis if place.number else 1.0)

    def _claim(self, left: list[Region], area: Region, bar: float) -> tuple[Region, ...]:
        """Take from `left` what lies in the area, and what touches that in turn: a torn plume is one plume."""
        found: list[Region] = []
        grew = True
        while grew:
            near = [region for region in left if region.score >= bar and _near(region, area, self._settings.margin)]
            for region in near:
                left.remove(region)
                area = _around(area, region)
            found += near
            grew = bool(near)
        return tuple(sorted(found, key=lambda region: -region.score))

    def _new(self, left: list[Region], room: int) -> list[tuple[_Place, tuple[Region, ...]]]:
        """Places for what no known place claimed, the highest score first, as long as there is room."""
        new: list[tuple[_Place, tuple[Region, ...]]] = []
        for region in sorted(left, key=lambda region: -region.score):
            if region in left and region.score >= self._settings.bar and len(new) < room:
                new.append((_Place(region), self._claim(left, region, self._settings.bar)))
        return new

    def _judged(self, place: _Place, found: tuple[Region, ...]) -> tuple[_Place | None, EpisodeEvent | None]:
        """The place after its look, None when it is done with, and what there is to tell of it."""
        score = found[0].score if found else 0.0
        if place.number:
            return self._going_on(place, score, found)
        if found and len(place.hits) >= self._settings.needed and place.mean >= self._settings.mean_bar:
            self._last += 1
            begun = replace(place, number=self._last, opened_ms=self._now, peak=score, told=score)
            return begun, Opened(self._last, self._now, score, found)
        return (place if place.hits else None), None

    def _going_on(
        self, place: _Place, score: float, found: tuple[Region, ...]
    ) -> tuple[_Place | None, EpisodeEvent | None]:
        silence_ms = self._now - place.seen_ms
        if place.quiet >= self._settings.quiet_frames and silence_ms >= self._settings.quiet_ms:
            return None, Closed(place.number, self._now, place.opened_ms, place.peak)
        place = replace(place, peak=max(place.peak, score))
        if score >= place.told + self._settings.growth:
            return replace(place, told=score), Updated(place.number, self._now, score, found)
        return place, None


def _visible(detection: Detection, bar: float) -> tuple[Region, ...]:
    """The regions worth a look; the whole frame where a detector says that, but not where, there is smoke.

    A region's own score is the peak of one cell, the frame's is calibrated: the lower one counts.
    """
    if detection.score < bar:
        return ()
    regions = detection.regions or (Region(0.0, 0.0, 1.0, 1.0, 1.0),)
    return tuple(replace(region, score=min(region.score, detection.score)) for region in regions if region.score >= bar)


def _looked(place: _Place, found: tuple[Region, ...], at_ms: int, settings: EpisodeSettings) -> _Place:
    """The place with one more look in its window."""
    looks = (*place.looks, _Look(at_ms, found[0].score if found else 0.0))[-settings.window :]
    fresh = tuple(look for look in looks if at_ms - look.at_ms <= settings.stale_ms)
    if not found:
        return replace(place, looks=fresh, quiet=place.quiet + 1)
    # An episode keeps all the ground that it covered, for smoke drifts; a suspicion only follows its last sight.
    area = place.area if place.number else found[0]
    for region in found:
        area = _around(area, region)
    return replace(place, looks=fresh, area=area, seen_ms=at_ms, quiet=0)


def _near(one: Region, other: Region, margin: float) -> bool:
    """Whether the rectangles overlap or lie no more than `margin` apart."""
    across = max(one.x, other.x) - min(one.x + one.width, other.x + other.width)
    down = max(one.y, other.y) - min(one.y + one.height, other.y + other.height)
    return max(across, down) <= margin


def _around(one: Region, other: Region) -> Region:
    """The smallest rectangle around both, with the higher score."""
    x, y = min(one.x, other.x), min(one.y, other.y)
    right = max(one.x + one.width, other.x + other.width)
    bottom = max(one.y + one.height, other.y + other.height)
    return Region(x, y, right - x, bottom - y, max(one.score, other.score))
