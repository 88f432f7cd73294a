"""A message that makes the broker drop the connection is found, and a line that is merely bad blames none."""

from edge.spool.suspects import Suspects

A, B, C = ("s", 1), ("s", 2), ("s", 3)


def test_what_is_on_the_air_at_each_loss_makes_careful() -> None:
    suspects = Suspects()
    assert suspects.lost(frozenset({A, B})) is None
    assert not suspects.careful
    assert suspects.lost(frozenset({B, C})) is None
    assert suspects.careful


def test_one_that_is_alone_each_time_is_named() -> None:
    suspects = Suspects()
    suspects.lost(frozenset({A, B}))
    suspects.lost(frozenset({A, B}))
    assert suspects.lost(frozenset({B})) == B
    assert suspects.lost(frozenset({B})) == B


def test_a_loss_with_others_on_the_air_or_none_blames_nobody() -> None:
    suspects = Suspects()
    for air in (frozenset({A}), frozenset({B}), frozenset({C}), frozenset[tuple[str, int]](), frozenset({A})):
        assert suspects.lost(air) is None
        assert not suspects.careful


def test_what_was_taken_is_no_suspect() -> None:
    suspects = Suspects()
    suspects.lost(frozenset({A, B}))
    suspects.lost(frozenset({A, B}))
    suspects.taken({A})
    assert suspects.careful
    suspects.taken({B, C})
    assert not suspects.careful
