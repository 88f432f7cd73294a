"""Whether a camera can see, and what ails it: each cause with its own opening and clearing (pure).

What keeps a view from being judged for smoke is only what leaves nothing to judge: black, covered, frozen. A camera
that was moved, is out of focus or stuck in night mode still shows a fire, and a false alarm costs less than a missed
one.
"""

from dataclasses import dataclass
from enum import StrEnum

from edge.camera.blank import FLAT, LIT, Blank
from edge.camera.daytime import hour, sun_is_up
from edge.camera.focus import Focus
from edge.camera.held import Held, Times
from edge.camera.look import Look, changed
from edge.camera.mount import Mount
from edge.camera.rate import Rate
from sensors.reading import Stamp


class Ailment(StrEnum):
    """What can ail a view; the words travel on the wire as `camera-<word>`."""

    NO_FRAME = "no-frame"
    LOST_FRAMES = "lost-frames"
    FROZEN = "frozen"
    BLACK = "black"
    COVERED = "covered"
    BLURRED = "blurred"
    MOVED = "moved"
    NIGHT_MODE = "night-mode"


SECOND, MINUTE = 1000, 60_000
TIMES = {
    Ailment.NO_FRAME: Times(0, 10 * SECOND),
    Ailment.LOST_FRAMES: Times(0, 0),
    Ailment.FROZEN: Times(MINUTE, 0),
    Ailment.BLACK: Times(30 * SECOND, 10 * SECOND),
    Ailment.COVERED: Times(30 * SECOND, 10 * SECOND),
    Ailment.BLURRED: Times(10 * MINUTE, 2 * MINUTE),
    Ailment.MOVED: Times(MINUTE, 20 * SECOND),
    Ailment.NIGHT_MODE: Times(30 * MINUTE, 5 * MINUTE),
}
"""No frame and lost frames have their time in what is measured: see `SILENCE_MS` and `edge.camera.rate`."""

SILENCE_MS = MINUTE
"""No frame for this long, or for three cadences if that is longer."""

BLACK = 16.0
"""A view that shows nothing is black below this mean grey, and covered from it on."""

STILL = 0.005
"""A picture of which a smaller share changes stands still; a running clock in a corner is allowed for."""

NO_COLOUR, COLOUR = 1.0, 2.0
"""Infra-red pictures have none; snow and haze have more than the second."""

Found = dict[Ailment, bool | None]
"""What a look says of each ailment; None where it can't say."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something began to ail a camera, or no longer does; `opened_ms` (monotonic) is when it was told to begin."""

    ailment: Ailment
    began: bool
    opened_ms: int


class Sight:
    """One camera's eyesight. Give it every look in order, and a word now and then when there is none."""

    def __init__(self, every_s: float, coloured: bool = True) -> None:
        """A look is taken every `every_s` seconds; a camera that isn't `coloured` never shows colour."""
        self._held = {ailment: Held(TIMES[ailment]) for ailment in Ailment}
        self._silence_ms = max(SILENCE_MS, round(3000 * every_s))
        self._rate, self._blank = Rate(every_s), Blank(every_s)
        self._mount, self._focus = Mount(), Focus()
        self._coloured = coloured
        self._kept: Look | None = None
        self._last_ms: int | None = None
        self.blind = False

    @property
    def ailing(self) -> tuple[Ailment, ...]:
        """What ails the view now, in the order of `Ailment`."""
        return tuple(ailment for ailment in Ailment if self._open(ailment))

    def waited(self, at: Stamp) -> tuple[Change, ...]:
        """No look has come; `at` is now."""
        self._last_ms = at.mono_ms if self._last_ms is None else self._last_ms
        if at.mono_ms - self._last_ms < self._silence_ms:
            return ()
        self._rate.begin_anew()
        return self._told({Ailment.NO_FRAME: True}, at.mono_ms)

    def looked(self, look: Look, at: Stamp, captured: int) -> tuple[Change, ...]:
        """A look at the frame of `at`; `captured` counts all frames that ever came, those not looked at among them."""
        silence = self.waited(at)  # a look after a long pause: the pause is told too
        self._last_ms = at.mono_ms
        blank, wrong = look.flat >= FLAT, self._blank.wrong(look, at)
        found: Found = {
            Ailment.NO_FRAME: False,
            Ailment.LOST_FRAMES: self._rate.low(captured, at.mono_ms),
            Ailment.FROZEN: None if blank else self._still(look),
            Ailment.BLACK: wrong and look.light < BLACK,
            Ailment.COVERED: wrong and look.light >= BLACK,
        }
        if not blank and not found[Ailment.FROZEN]:
            found |= self._seen(look, at)
        changes = silence + self._told(found, at.mono_ms)
        self.blind = blank or self._open(Ailment.FROZEN)
        return changes

    def _still(self, look: Look) -> bool:
        """Whether nothing stirs since a look that is kept; the first look that differs is kept in its place."""
        if self._kept is not None and changed(look, self._kept) < STILL:
            return True
        self._kept = look
        return False

    def _seen(self, look: Look, at: Stamp) -> Found:
        """What a living picture says; in the dark, of direction and focus nothing."""
        found: Found = {}
        infra_red = look.colour < NO_COLOUR
        if self._coloured and not infra_red:
            found[Ailment.NIGHT_MODE] = False if look.colour >= COLOUR else None
        elif self._coloured:
            found[Ailment.NIGHT_MODE] = True if sun_is_up(at) else None
        if look.light >= LIT:
            found[Ailment.MOVED] = self._mount.moved(look, infra_red, at.mono_ms)
            found[Ailment.BLURRED] = self._blurred(look, (hour(at), infra_red), at.mono_ms)
        return found

    def _blurred(self, look: Look, when: tuple[int, bool], at_ms: int) -> bool | None:
        blurred = self._focus.blurred(look.sharpness, when)
        if not blurred and not self._open(Ailment.BLURRED):
            self._focus.learn(look.sharpness, when, at_ms)
        return blurred

    def _told(self, found: Found, at_ms: int) -> tuple[Change, ...]:
        changes = []
        for ailment, ails in found.items():
            held = self._held[ailment]
            before = held.opened_ms
            began = held.step(ails, at_ms)
            if began is not None:
                changes.append(Change(ailment, began, at_ms if before is None else before))
        return tuple(changes)

    def _open(self, ailment: Ailment) -> bool:
        return self._held[ailment].opened_ms is not None
