"""The order in which messages are read: what is live, and what share the backlog has."""

from edge.spool.lanes import FIRST, LAST, Lane, Lanes
from edge.spool.message import Rank


def test_what_was_there_at_first_is_backlog_and_what_comes_is_live_for_a_while() -> None:
    lanes = Lanes(live_s=30)
    lanes.note(0.0, 100)
    assert lanes.between(Lane.BACKLOG) == (FIRST, 101)
    assert lanes.between(Lane.LIVE) == (100, LAST)
    lanes.note(10.0, 110)
    lanes.note(39.0, 120)
    assert lanes.between(Lane.BACKLOG) == (FIRST, 101)
    lanes.note(40.0, 120)
    assert lanes.between(Lane.BACKLOG) == (FIRST, 111)
    assert lanes.between(Lane.LIVE) == (110, LAST)
    lanes.note(70.0, 120)
    assert lanes.between(Lane.LIVE) == (120, LAST)


def test_reads_on_and_goes_back() -> None:
    lanes = Lanes()
    lanes.note(0.0, 100)
    lanes.passed(Lane.ALARM, 7)
    lanes.passed(Lane.BACKLOG, 50)
    lanes.passed(Lane.LIVE, 105)
    assert lanes.between(Lane.ALARM) == (7, LAST)
    assert lanes.between(Lane.LIVE) == (105, LAST)
    lanes.back(Rank.ALARM, 3)
    lanes.back(Rank.READING, 20)
    assert lanes.between(Lane.ALARM) == (2, LAST)
    assert lanes.between(Lane.BACKLOG) == (19, 101)
    lanes.renew()
    assert lanes.between(Lane.ALARM) == (FIRST, LAST)
    assert lanes.between(Lane.LIVE) == (100, LAST)
    lanes.restart()
    lanes.note(1.0, 5)
    assert lanes.between(Lane.LIVE) == (5, LAST)


def taken(lanes: Lanes, live: str, backlog: str, room: int) -> str:
    """What goes out where there is room for so many, by the first letter of its lane."""
    order = ""
    for lane, _ in lanes.shared(live, backlog):
        if len(order) == room:
            break
        lanes.passed(lane, 0)
        order += lane.name[0]
    return order


def test_every_fourth_of_the_readings_is_backlog_however_little_room_there_is() -> None:
    assert taken(Lanes(), "aaaaaa", "bb", 99) == "LLLBLLLB"
    for room in (1, 2, 3):
        lanes = Lanes()
        assert "".join(taken(lanes, "aaa", "bbb", room) for _ in range(12))[:12] == "LLLBLLLBLLLB"


def test_each_has_all_the_room_where_the_other_has_nothing() -> None:
    assert [item for _, item in Lanes().shared("", "abc")] == ["a", "b", "c"]
    assert [item for _, item in Lanes().shared("abcde", "")] == ["a", "b", "c", "d", "e"]


def test_lanes_have_ranks() -> None:
    assert [lane.rank for lane in Lane] == [Rank.ALARM, Rank.EVIDENCE, Rank.HEALTH, Rank.READING, Rank.READING]
