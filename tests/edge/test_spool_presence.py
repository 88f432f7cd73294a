"""When "online" is said again."""

from edge.spool.presence import EVERY_S, Presence


def times(until: float, epoch: int = 1, presence: Presence | None = None, begin: float = 0.0) -> list[float]:
    presence = presence or Presence()
    return [now for now in range(int(begin), int(until)) if presence.due(float(now), epoch, contradicted=False)]


def test_soon_after_a_connection_and_then_now_and_again() -> None:
    assert times(2000) == [3, 30, 30 + EVERY_S, 30 + 2 * EVERY_S]


def test_a_new_connection_begins_anew() -> None:
    presence = Presence()
    times(100, 1, presence)
    assert times(200, 2, presence, begin=100) == [103, 130]


def test_whoever_says_that_we_are_gone_is_contradicted() -> None:
    presence = Presence()
    presence.due(0.0, 1, contradicted=False)
    assert presence.due(1.0, 1, contradicted=True)
    assert not presence.due(2.0, 1, contradicted=False)
