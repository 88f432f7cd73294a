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


def plan(
    due: Iterable[Channel], bounds: Bounds, ground: Iterable[Block] = (), alone: Collection[str] = ()
) -> tuple[Read, ...]:
    """The fewest reads that fetch every channel of `due` exactly once.

    `ground` are the blocks that are known to be there besides the due ones; other addresses are holes. Channels named
    in `alone` get a read of their own, and come last. Extending each read as far as it may go gives the fewest,
    because any part of an allowed read is allowed.
    """
    channels = sorted(due, key=lambda channel: (channel.block, channel.name))
    joined = [channel for channel in channels if channel.name not in alone]
    held = _addresses((*ground, *(channel.block for channel in joined)))
    groups: list[list[Channel]] = []
    for channel in joined:
        if groups and _fits([*groups[-1], channel], bounds, held):
            groups[-1].append(channel)
        else:
            groups.append([channel])
    groups += [[channel] for channel in channels if channel.name in alone]
    return tuple(Read(_block(group, bounds), tuple(group)) for group in groups)


def _addresses(blocks: Iterable[Block]) -> set[tuple[Table, int]]:
    return {(block.table, address) for block in blocks for address in range(block.start, block.end)}


def _block(group: Sequence[Channel], bounds: Bounds) -> Block:
    first = group[0].block
    start, end = bounds.around(first.start, max(channel.block.end for channel in group))
    return Block(first.table, start, end - start)


def _fits(group: Sequence[Channel], bounds: Bounds, held: set[tuple[Table, int]]) -> bool:
    block = _block(group, bounds)
    if group[-1].table is not block.table or block.count > bounds.max_registers:
        return False
    return bounds.may_cross_hole or _addresses([block]) <= held
