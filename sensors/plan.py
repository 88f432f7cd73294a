"""Channels that are due -> the fewest reads that fetch them, within what the model allows."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sensors.block import Block, Table
from sensors.channel import Channel
from sensors.profile import Bounds


@dataclass(frozen=True, slots=True)
class Read:
    """One request and the channels that its answer holds."""

    block: Block
    channels: tuple[Channel, ...]


Cut = tuple[Table, int]
"""A place between two addresses, the second of which it names, that no read may span."""


def plan(
    due: Iterable[Channel],
    bounds: Bounds,
    ground: Iterable[Block] = (),
    alone: Collection[str] = (),
    cuts: Collection[Cut] = (),
) -> tuple[Read, ...]:
    """The fewest reads that fetch every channel of `due` exactly once.

    `ground` are the blocks that are known to be there besides the due ones; other addresses are holes. Channels named
    in `alone` get a read of their own, and come last. No other read spans one of `cuts`. Extending each read as far as
    it may go gives the fewest, because any part of an allowed read is allowed.
    """
    channels = sorted(due, key=lambda channel: (channel.block, channel.name))
    joined = [channel for channel in channels if channel.name not in alone]
    held = _addresses((*ground, *(channel.block for channel in joined)))
    groups: list[list[Channel]] = []
    for channel in joined:
        if groups and _fits([*groups[-1], channel], bounds, held, cuts):
            groups[-1].append(channel)
        else:
            groups.append([channel])
    groups += [[channel] for channel in channels if channel.name in alone]
    return tuple(Read(_block(group, bounds), tuple(group)) for group in groups)


def cuts_after_refusal(read: Read) -> frozenset[Cut]:
    """Where to cut a read of several channels that the instrument refused.

    At every hole that it spans; where it spans none, in its middle, because it may be too long or one of its channels
    may be absent. Empty where its channels share all their addresses.
    """
    seams: list[tuple[int, bool]] = []
    end = read.channels[0].block.end
    for channel in read.channels[1:]:
        if channel.block.start >= end:
            seams.append((channel.block.start, channel.block.start > end))
        end = max(end, channel.block.end)
    holes = {at for at, is_hole in seams if is_hole}
    middle = {seams[len(seams) // 2][0]} if seams else set[int]()
    return frozenset((read.block.table, at) for at in holes or middle)


def barring(blocks: Iterable[Block]) -> frozenset[Cut]:
    """The cuts that keep every read that does not begin or end in one of `blocks` from spanning it."""
    return frozenset((block.table, at) for block in blocks for at in (block.start, block.end))


def _addresses(blocks: Iterable[Block]) -> set[tuple[Table, int]]:
    return {(block.table, address) for block in blocks for address in range(block.start, block.end)}


def _block(group: Sequence[Channel], bounds: Bounds) -> Block:
    first = group[0].block
    start, end = bounds.around(first.start, max(channel.block.end for channel in group))
    return Block(first.table, start, end - start)


def _fits(group: Sequence[Channel], bounds: Bounds, held: set[tuple[Table, int]], cuts: Collection[Cut]) -> bool:
    block = _block(group, bounds)
    if group[-1].table is not block.table or block.count > bounds.max_registers:
        return False
    if any(table is block.table and block.start < at < block.end for table, at in cuts):
        return False
    return bounds.may_cross_hole or _addresses([block]) <= held
