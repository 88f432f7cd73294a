"""What the cameras raise, put on the disk: alarm and picture in one commit, so that neither is lost alone."""

import msgspec

from edge.camera.evidence import AlarmEvent, Evidence, SightAlarm, SmokeAlarm
from edge.spool.store import Spool
from edge.wire import messages
from sensors.reading import Stamp


class SpoolSink:
    """Where a camera's alarms go; safe to use from every camera's thread."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool

    def raise_alarm(self, alarm: SmokeAlarm | SightAlarm, evidence: Evidence | None) -> None:
        """Keep an alarm and, at an opening, its picture; both survive a power cut when this returns."""
        bodies: list[messages.Body] = [_alarm(alarm, evidence)]
        if evidence is not None:
            bodies.append(_evidence(evidence))
        self._spool.put(bodies)

    def model_refused(self, at: Stamp, instead: str) -> None:
        """Tell that a model's file isn't what its card says; `instead` is the model that goes on working."""
        event = messages.Event.OPENED
        self._spool.put([messages.Alarm("model", "model", f"model-{at.boot}-{at.mono_ms}", event, at, model=instead)])


def _alarm(alarm: SmokeAlarm | SightAlarm, evidence: Evidence | None) -> messages.Alarm:
    told = messages.Alarm(
        kind=f"camera-{alarm.ailment}" if isinstance(alarm, SightAlarm) else "smoke",
        source=alarm.camera,
        episode=alarm.episode,
        event=messages.Event.OPENED if alarm.event is AlarmEvent.OPENED else messages.Event.CLOSED,
        at=alarm.at,
        evidence=None if evidence is None else evidence.sha256,
    )
    if isinstance(alarm, SightAlarm):
        return told
    boxes = tuple(messages.Box(one.x, one.y, one.width, one.height, one.score) for one in alarm.regions)
    return msgspec.structs.replace(told, score=alarm.score, boxes=boxes, model=alarm.model)


def _evidence(evidence: Evidence) -> messages.Evidence:
    return messages.Evidence(
        episode=evidence.episode,
        source=evidence.camera,
        at=evidence.at,
        media_type="image/jpeg",
        width=evidence.width,
        height=evidence.height,
        sha256=evidence.sha256,
        data=evidence.jpeg,
    )
