"""A door, float, leak or mains contact at work: readings on change and on schedule, an alarm once per episode."""

from collections.abc import Sequence
from dataclasses import replace

from edge.pins.ledger import Episode, Stage
from edge.pins.table import Pin
from edge.wire.messages import Alarm, Event
from sensors.pins.contact import Contact
from sensors.pins.kinds import CONTACTS
from sensors.reading import GOOD, Flag, Quality, Reading, Reason, Stamp


class ContactPin:
    """One contact. What is told changes it only once it was kept (`told`): a failure in between loses nothing."""

    def __init__(self, pin: Pin, episode: Episode | None) -> None:
        """`episode` is the alarm that was open when the program ended."""
        self.pin = pin
        self.contact = Contact(pin.held)
        self.episode = episode
        self._told: bool | None = None

    def readings(self, at: Stamp, *, due: bool, lost: bool) -> list[Reading]:
        """What is to be told at `at`: what changed, and what is due. `lost`: the pin can't be read."""
        active = self.contact.active
        if lost:
            return [self._reading(None, at)] if due else []
        return [self._reading(active, at)] if active is not None and (due or active != self._told) else []

    def told(self, readings: Sequence[Reading]) -> None:
        """These readings were kept."""
        for reading in readings:
            self._told = None if reading.value is None else bool(reading.value)

    def stepped(self, at: Stamp) -> Episode | None:
        """Where the alarm goes from here: the episode in its next stage, None where nothing is to be told."""
        episode, active = self.episode, self.contact.active
        if episode is not None and episode.stage is not Stage.OPEN:
            return episode
        if episode is None and active and self.pin.alarm:
            return Episode(self.pin.name, at.boot, at.mono_ms)
        return replace(episode, stage=Stage.CLOSING) if episode is not None and active is False else None

    def alarm(self, episode: Episode, at: Stamp) -> Alarm:
        """An episode's opening or closing as it travels."""
        event = Event.OPENED if episode.stage is Stage.OPENING else Event.CLOSED
        return Alarm(self.pin.kind.value, self.pin.name, episode.name, event, at)

    def _reading(self, active: bool | None, at: Stamp) -> Reading:
        quality = GOOD if active is not None else Quality(Flag.MISSING, (Reason.PORT,))
        value = None if active is None else float(active)
        return Reading(self.pin.name, CONTACTS[self.pin.kind].channel, "1", "", value, quality, at)
