"""Bad weather on the relay: pieces come late but in order, connections break off or fall silent, and all is counted."""

import socket
import time
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_network import echo, said

from hil.virtual.network import Relay
from hil.virtual.weather import FAIR, Passage, Weather

__all__ = ["echo"]
NEVER = float("inf")


@pytest.fixture
def relay(echo: int) -> Iterator[Relay]:
    with closing(Relay("127.0.0.1", echo)) as relay:
        yield relay


def opened(relay: Relay) -> socket.socket:
    return socket.create_connection(("127.0.0.1", relay.port), timeout=5)


def silent(connection: socket.socket) -> bool:
    """Does nothing come for a while, though the connection is open?"""
    connection.settimeout(0.3)
    try:
        return connection.recv(10) is None
    except TimeoutError:
        return True


def test_fair_weather_passes_at_once() -> None:
    assert Passage().due(5.0, 100, FAIR, lambda: 0.5) == 5.0
    assert FAIR.fair


def test_delay_and_a_narrow_way_add_up() -> None:
    passage, weather = Passage(), Weather(delay_s=2, bytes_per_s=1000)
    assert passage.due(0.0, 500, weather, lambda: 0.5) == 2.5
    assert passage.due(0.0, 500, weather, lambda: 0.5) == 3.0
    assert passage.due(9.0, 500, weather, lambda: 0.5) == 11.5


def test_a_lost_segment_comes_late_and_all_behind_it() -> None:
    passage, weather = Passage(), Weather(loss=0.3)
    luck = iter([0.9, 0.1, 0.1, 0.9, 0.9, 0.9])  # no reset; lost, lost, through; no reset; through
    assert passage.due(0.0, 10, weather, lambda: next(luck)) == pytest.approx(0.2 + 0.4)
    assert passage.due(0.1, 10, weather, lambda: next(luck)) == pytest.approx(0.6)


@given(
    st.lists(st.tuples(st.floats(0, 1), st.integers(1, 1448)), max_size=30),
    st.builds(Weather, st.floats(0, 3), st.floats(0, 0.6), bytes_per_s=st.floats(10, 1e6)),
    st.randoms(use_true_random=False),
)
def test_pieces_stay_in_order_and_never_come_early(pieces, weather, random) -> None:  # type: ignore[no-untyped-def]
    passage, now, before = Passage(), 0.0, 0.0
    for wait, size in pieces:
        now += wait
        due = passage.due(now, size, weather, random.random)
        assert due is not None
        assert due >= max(before, now + weather.delay_s)
        before = due


def test_what_was_swallowed_can_not_go_on() -> None:
    passage = Passage()
    assert passage.due(0.0, 1, Weather(swallow=True), lambda: 0.5) == NEVER
    assert passage.due(1.0, 1, FAIR, lambda: 0.5) is None


def test_chance_resets() -> None:
    assert Passage().due(0.0, 1, Weather(reset=0.1), lambda: 0.05) is None
    assert Passage().due(0.0, 1, Weather(reset=0.1), lambda: 0.2) == 0.0


def test_a_delay_holds_back_both_ways(relay: Relay) -> None:
    relay.weather = Weather(delay_s=0.2)
    began = time.monotonic()
    assert said(relay, b"hello") == b"HELLO"
    assert time.monotonic() - began >= 0.4


def test_much_passes_whole_through_bad_weather(relay: Relay) -> None:
    relay.weather = Weather(delay_s=0.01, loss=0.02)
    text = bytes(range(97, 123)) * 1000
    with opened(relay) as connection:
        connection.sendall(text)
        heard = b""
        while len(heard) < len(text):
            heard += connection.recv(65536)
    assert heard == text.upper()


def test_who_comes_while_it_is_shut_is_turned_away_and_counted(relay: Relay) -> None:
    with opened(relay) as connection:
        connection.sendall(b"a")
        assert connection.recv(10) == b"A"
        relay.weather = Weather(shut=True)
        with suppress(ConnectionResetError):
            assert connection.recv(10) == b""
    with suppress(OSError):
        assert said(relay, b"x") == b""
    relay.weather = FAIR
    assert said(relay, b"again") == b"AGAIN"
    assert relay.connections == 3


def test_half_open_takes_everybody_and_answers_nobody(relay: Relay) -> None:
    with opened(relay) as old:
        old.sendall(b"a")
        assert old.recv(10) == b"A"
        relay.weather = Weather(swallow=True)
        old.sendall(b"b")
        assert silent(old)
        with opened(relay) as new:
            new.sendall(b"c")
            assert silent(new)
        relay.weather = FAIR
        old.settimeout(5)
        with suppress(OSError):
            old.sendall(b"d")
            assert old.recv(10) == b"", "what was swallowed is missing: the connection must end"


def test_closing_in_bad_weather_ends_its_threads(echo: int) -> None:
    relay = Relay("127.0.0.1", echo)
    relay.weather = Weather(delay_s=0.5)
    with opened(relay) as connection:
        connection.sendall(b"x" * 100_000)
        relay.close()
    assert not any(thread.is_alive() for thread in relay._threads)
