"""What one poll has to fetch, and what came of each channel: values, raw bits for those that judge, or trouble."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sensors.channel import Channel
from sensors.decode import Decoded, judged, raw_bits
from sensors.plan import Read
from sensors.reading import Flag, Quality, Reason, Stamp


@dataclass(frozen=True, slots=True)
class Errand:
    """What is `due`, all `channels` that must be read for it by name, which `status` judges each, and the reads."""

    due: frozenset[str]
    channels: Mapping[str, Channel]
    status: Mapping[str, tuple[Channel, ...]]
    reads: tuple[Read, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one channel at a moment; without an answer there are no raw bits, and the value is missing."""

    at: Stamp
    raw: int | None
    decoded: Decoded


def errand(
    due: Sequence[Channel], status: Sequence[Channel], plan: Callable[[Iterable[Channel]], tuple[Read, ...]]
) -> Errand:
    """The errand that fetches `due` and the `status` channels that judge any of them."""
    channels = {channel.name: channel for channel in (*due, *status)}
    judges = {name: tuple(one for one in status if name in one.judges) for name in channels}
    return Errand(frozenset(channel.name for channel in due), channels, judges, plan(channels.values()))


def came(channel: Channel, read: Read, registers: Sequence[int], at: Stamp) -> Outcome:
    """What the `registers` that answer `read` say of `channel`."""
    first = channel.register_ - read.block.start
    raw = raw_bits(channel, registers[first : first + channel.type.width])
    return Outcome(at, raw, judged(channel, raw))


def missing(reason: Reason, at: Stamp) -> Outcome:
    """No value, and why."""
    return Outcome(at, None, Decoded(None, Quality(Flag.MISSING, (reason,))))
