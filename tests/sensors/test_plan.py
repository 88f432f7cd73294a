"""The plan covers what is due in the fewest reads, and never reads what it may not."""

from collections.abc import Iterator, Sequence

from bus_kit import channel
from hypothesis import given
from hypothesis import strategies as st

from sensors.block import Block, Table
from sensors.channel import Channel
from sensors.place import Kind
from sensors.plan import Cut, Read, barring, cuts_after_refusal, plan
from sensors.profile import Bounds

KINDS = {Kind.U16: 1, Kind.F32: 2, Kind.F64: 4}


@st.composite
def situations(draw: st.DrawFn, most: int = 10) -> tuple[list[Channel], Bounds, list[Block]]:
    """Channels without overlap, on whole multiples of the alignment, and some blocks known between them."""
    align = draw(st.sampled_from([1, 1, 2]))
    channels: list[Channel] = []
    for table in (Table.HOLDING, Table.INPUT):
        at = 0
        for _ in range(draw(st.integers(0, most // 2))):
            kind = draw(st.sampled_from([kind for kind, width in KINDS.items() if width % align == 0]))
            at += align * draw(st.integers(0, 3))
            channels.append(channel(f"c{len(channels)}", at, kind, table))
            at += KINDS[kind]
    bounds = Bounds(max_registers=draw(st.sampled_from([4, 6, 10])), may_cross_hole=draw(st.booleans()), align=align)
    known = draw(st.lists(st.integers(0, 20), max_size=8))
    return draw(st.permutations(channels)), bounds, [Block(Table.HOLDING, at, 1) for at in known]


def addresses(blocks: Sequence[Block]) -> set[tuple[Table, int]]:
    return {(block.table, at) for block in blocks for at in range(block.start, block.end)}


def allowed(block: Block, bounds: Bounds, held: set[tuple[Table, int]]) -> bool:
    if block.count > bounds.max_registers or block.start % bounds.align or block.count % bounds.align:
        return False
    return bounds.may_cross_hole or addresses([block]) <= held


@given(situations())
def test_every_channel_is_covered_exactly_once_and_no_read_exceeds_its_bounds(
    situation: tuple[list[Channel], Bounds, list[Block]],
) -> None:
    channels, bounds, ground = situation
    reads = plan(channels, bounds, ground)
    assert sorted(one.name for read in reads for one in read.channels) == sorted(one.name for one in channels)
    held = addresses([*ground, *(one.block for one in channels)])
    for read in reads:
        assert allowed(read.block, bounds, held), read
        for one in read.channels:
            assert read.block.start <= one.block.start < one.block.end <= read.block.end
            assert one.table is read.block.table


@given(situations(most=6))
def test_no_other_way_takes_fewer_reads(situation: tuple[list[Channel], Bounds, list[Block]]) -> None:
    channels, bounds, ground = situation
    held = addresses([*ground, *(one.block for one in channels)])
    fewest = min(
        (len(parts) for parts in partitions(channels) if all(readable(part, bounds, held) for part in parts)), default=0
    )
    assert len(plan(channels, bounds, ground)) == fewest


def readable(part: Sequence[Channel], bounds: Bounds, held: set[tuple[Table, int]]) -> bool:
    if len({one.table for one in part}) > 1:
        return False
    start, end = min(one.block.start for one in part), max(one.block.end for one in part)
    return allowed(Block(part[0].table, start, end - start), bounds, held)


def partitions(channels: Sequence[Channel]) -> Iterator[list[list[Channel]]]:
    """Every way to sort the channels into reads."""
    if not channels:
        yield []
        return
    first, *rest = channels
    for parts in partitions(rest):
        yield [[first], *parts]
        for nth, part in enumerate(parts):
            yield [*parts[:nth], [first, *part], *parts[nth + 1 :]]


@given(situations(), st.data())
def test_channels_alone_stand_alone_and_last(
    situation: tuple[list[Channel], Bounds, list[Block]], data: st.DataObject
) -> None:
    channels, bounds, _ = situation
    names = [one.name for one in channels]
    alone = data.draw(st.sets(st.sampled_from(names))) if names else set()
    reads = plan(channels, bounds, (), alone)
    apart = [read for read in reads if any(one.name in alone for one in read.channels)]
    assert all(len(read.channels) == 1 for read in apart)
    assert list(reads[len(reads) - len(apart) :]) == apart


def test_a_channel_that_may_be_absent_is_ground_only_when_it_is_due_with_the_others() -> None:
    first, gap, last = channel("a", 0), channel("b", 1), channel("c", 2)
    bounds = Bounds(max_registers=8)
    assert len(plan([first, last], bounds)) == 2
    assert len(plan([first, last], bounds, [gap.block])) == 1
    assert len(plan([first, gap, last], bounds)) == 1
    assert [read.block for read in plan([first, gap, last], bounds, (), ["b"])] == [
        Block(Table.HOLDING, 0, 1),
        Block(Table.HOLDING, 2, 1),
        Block(Table.HOLDING, 1, 1),
    ]


def test_two_channels_may_share_a_register() -> None:
    both = channel("a", 4), channel("b", 4)
    assert plan(both, Bounds(max_registers=1)) == (Read(Block(Table.HOLDING, 4, 1), both),)


def test_a_wide_value_before_a_narrow_one_inside_it_keeps_its_width() -> None:
    wide, narrow = channel("a", 0, Kind.F64), channel("b", 1)
    (read,) = plan([wide, narrow], Bounds(max_registers=4))
    assert read.block == Block(Table.HOLDING, 0, 4)


def test_nothing_due_nothing_read() -> None:
    assert plan([], Bounds(max_registers=1)) == ()


@given(situations(), st.data())
def test_no_read_spans_a_cut(situation: tuple[list[Channel], Bounds, list[Block]], data: st.DataObject) -> None:
    channels, bounds, ground = situation
    cuts = data.draw(st.sets(st.tuples(st.sampled_from(Table), st.integers(0, 30)), max_size=4))
    reads = plan(channels, bounds, ground, (), cuts)
    assert sorted(one.name for read in reads for one in read.channels) == sorted(one.name for one in channels)
    for read in reads:
        spanned = [at for table, at in cuts if table is read.block.table and read.block.start < at < read.block.end]
        assert not spanned or len(read.channels) == 1


@given(situations())
def test_cutting_what_was_refused_ends_in_single_channels(situation: tuple[list[Channel], Bounds, list[Block]]) -> None:
    channels, bounds, ground = situation
    cuts: set[Cut] = set()
    for _ in range(len(channels) + 1):
        refused = [read for read in plan(channels, bounds, ground, (), cuts) if len(read.channels) > 1]
        cuts.update(*(cuts_after_refusal(read) for read in refused))
    assert all(len(read.channels) == 1 for read in plan(channels, bounds, ground, (), cuts))


def test_a_refused_read_is_cut_at_its_holes_first_and_else_in_its_middle() -> None:
    bounds = Bounds(max_registers=20, may_cross_hole=True)
    (holed,) = plan([channel(f"c{at}", at) for at in (0, 1, 4, 9)], bounds)
    assert cuts_after_refusal(holed) == {(Table.HOLDING, 4), (Table.HOLDING, 9)}
    (whole,) = plan([channel(f"c{at}", at) for at in range(6)], bounds)
    assert cuts_after_refusal(whole) == {(Table.HOLDING, 3)}
    (shared,) = plan([channel("a", 4), channel("b", 4)], bounds)
    assert cuts_after_refusal(shared) == frozenset()


def test_what_is_barred_is_never_between_two_others() -> None:
    bounds = Bounds(max_registers=20, may_cross_hole=True)
    due = [channel("a", 0), channel("b", 5)]
    assert len(plan(due, bounds)) == 1
    assert len(plan(due, bounds, (), (), barring([Block(Table.HOLDING, 2, 2)]))) == 2
    assert len(plan(due, bounds, (), (), barring([Block(Table.INPUT, 2, 2)]))) == 1
