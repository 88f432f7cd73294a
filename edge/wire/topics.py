"""Names of the topics between a device and its gateway, and what may stand in them.

A site writes only below `luxi/1/<site>/up/` and reads only below `luxi/1/<site>/down/`; the broker holds it to that
by the common name of its certificate, which is the site's id.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

ROOT = "luxi/1"
SITE_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
_TOPIC = re.compile(rf"{ROOT}/([^/]+)/(up|down)/([a-z]+)(?:/([^/]+))?")


class Kind(StrEnum):
    """What a topic carries; the last word but one of its name."""

    BATCH = "batch"
    ALARM = "alarm"
    EVIDENCE = "evidence"
    HEALTH = "health"
    CLOCK = "clock"
    LEGEND = "legend"
    ONLINE = "online"
    ACK = "ack"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Address:
    """A topic taken apart; `leaf` is the program (online, time), stream (ack) or digest (legend), else empty."""

    site: str
    direction: str
    kind: Kind
    leaf: str = ""


def up(site: str, kind: Kind, leaf: str = "") -> str:
    """The topic on which a site publishes."""
    return f"{ROOT}/{site}/up/{kind}" + (f"/{leaf}" if leaf else "")


def down(site: str, kind: Kind, leaf: str = "") -> str:
    """The topic on which a site listens."""
    return f"{ROOT}/{site}/down/{kind}" + (f"/{leaf}" if leaf else "")


def parse(topic: str) -> Address | None:
    """The parts of a topic, None for one that is not of this contract."""
    match = _TOPIC.fullmatch(topic)
    if match is None or not SITE_ID.fullmatch(match[1]) or match[3] not in set(Kind):
        return None
    return Address(match[1], match[2], Kind(match[3]), match[4] or "")
