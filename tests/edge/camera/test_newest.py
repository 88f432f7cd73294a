"""The one-slot holder: newest only, and it counts what it drops."""

import threading

import numpy as np

from edge.camera.newest import Newest, Shot
from sensors.clock import HandClock

CLOCK = HandClock()


def shot(level: int) -> Shot:
    return Shot(np.full((2, 2, 3), level, np.uint8), CLOCK.now())


def test_only_the_newest_is_kept_and_the_rest_is_counted() -> None:
    newest = Newest()
    shots = [shot(level) for level in range(5)]
    for one in shots:
        newest.put(one)
    assert newest.take(0) is shots[4]
    assert (newest.captured, newest.overwritten) == (5, 4)


def test_what_was_taken_is_gone_and_was_not_overwritten() -> None:
    newest = Newest()
    newest.put(shot(1))
    assert newest.take(0) is not None
    assert newest.take(0) is None
    newest.put(shot(2))
    assert newest.overwritten == 0


def test_it_remembers_when_the_last_one_came() -> None:
    newest = Newest()
    assert newest.last_at is None
    one = shot(1)
    newest.put(one)
    newest.take(0)
    assert newest.last_at == one.at


def test_a_waiting_taker_gets_the_next_one() -> None:
    newest, got = Newest(), []
    taker = threading.Thread(target=lambda: got.append(newest.take(30)))
    taker.start()
    one = shot(7)
    newest.put(one)
    taker.join()
    assert got == [one]


def test_nothing_is_lost_between_threads() -> None:
    newest, got = Newest(), []

    def take() -> None:
        while (one := newest.take(0.5)) is not None:
            got.append(one)

    taker = threading.Thread(target=take)
    taker.start()
    for level in range(200):
        newest.put(shot(level))
    taker.join()
    assert len(got) + newest.overwritten == newest.captured == 200
