"""The window: bounded, emptied by acknowledgements, time and new connections; against a plain model."""

from hypothesis import given
from hypothesis import strategies as st

from edge.spool.window import Window


def test_room_shrinks_and_grows() -> None:
    window = Window(size=3, patience_s=10)
    assert window.room(0.0, 1) == 3
    for seq in (1, 2, 3):
        window.sent(seq, 0.0)
    assert window.room(1.0, 1) == 0
    window.acknowledged([(1, 2)])
    assert window.room(1.0, 1) == 2
    assert set(window.under_way) == {3}


def test_what_takes_too_long_is_sent_again() -> None:
    window = Window(size=2, patience_s=10)
    window.room(0.0, 1)
    window.sent(7, 0.0)
    assert window.room(9.9, 1) == 1
    assert window.room(10.0, 1) == 2
    assert not window.under_way


def test_a_new_connection_sends_everything_again() -> None:
    window = Window(size=2)
    window.room(0.0, 1)
    window.sent(7, 0.0)
    assert window.room(0.1, 2) == 2
    assert not window.under_way


@given(
    st.lists(st.one_of(st.tuples(st.just("ack"), st.integers(1, 30), st.integers(0, 5)), st.just("send")), max_size=80)
)
def test_never_more_than_its_size_and_never_an_acknowledged_one(steps: list[object]) -> None:
    window, following, acked = Window(size=4, patience_s=1e9), 1, set[int]()
    for step in steps:
        if step == "send":
            if window.room(0.0, 0) > 0:
                window.sent(following, 0.0)
                acked.discard(following)
                following += 1
        else:
            assert isinstance(step, tuple)
            _, first, more = step
            window.acknowledged([(first, first + more)])
            acked |= set(range(first, first + more + 1)) & set(range(1, following))
        assert len(window.under_way) <= 4
        assert not acked & set(window.under_way)
