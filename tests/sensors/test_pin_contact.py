"""A contact: a level counts once it held; bouncing and spikes don't; and when it is looked at makes no difference."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.pins.contact import Contact

BOUNCE = 5
"""The properties count in whole milliseconds, so that nothing hangs on a rounding."""

gaps = st.lists(st.integers(0, 20), max_size=60)


def fed(gaps_ms: Sequence[int], looks: Sequence[int] = ()) -> Contact:
    """A contact that begins inactive and changes after each gap, looked at in between."""
    contact, now = Contact(BOUNCE), 0
    contact.edge(active=False, at=now)
    for nth, gap in enumerate(gaps_ms):
        for look in sorted(looks):
            if now < look < now + gap:
                contact.settle(look)
        now += gap
        contact.edge(active=nth % 2 == 0, at=now)
    contact.settle(now + 1000)
    return contact


def oracle(gaps_ms: Sequence[int]) -> int:
    """Pulses by looking at every millisecond: a level that was the same for the last BOUNCE steps is the contact's."""
    edges, now = [(0, False)], 0
    for nth, gap in enumerate(gaps_ms):
        now += gap
        edges.append((now, nth % 2 == 0))
    samples: list[bool] = []
    for step in range(now + 1000):
        samples.append([level for at, level in edges if at <= step][-1])
    changes = {at for at, _ in edges}
    held, pulses, since, known = None, 0, 0, False
    for step, level in enumerate(samples):
        if step in changes:
            since = step
        if step + 1 - since >= BOUNCE and level != held:
            pulses += known and level
            held, known = level, True
    return pulses


@given(gaps)
def test_as_by_looking_all_the_time(gaps_ms: list[int]) -> None:
    distinct = [max(1, gap) for gap in gaps_ms]  # the oracle sees one level in each millisecond
    assert fed(distinct).pulses == oracle(distinct)


@given(gaps, st.lists(st.integers(0, 1200), max_size=20))
def test_when_it_is_looked_at_makes_no_difference(gaps_ms: list[int], looks: list[int]) -> None:
    looked, unseen = fed(gaps_ms, looks), fed(gaps_ms)
    assert (looked.pulses, looked.active) == (unseen.pulses, unseen.active)


@given(st.integers(0, 30), gaps)
def test_a_clean_pulse_counts_once_however_its_contact_bounces(times: int, bounces: list[int]) -> None:
    short = [gap % BOUNCE for gap in bounces][: len(bounces) // 2 * 2]
    pulse = [10, *short, 10, *short]  # 10 ms of rest, contact with bouncing, 10 ms closed, release with bouncing
    assert fed(pulse * times).pulses == times


def test_a_spike_is_nothing() -> None:
    assert fed([100, 1, 100, 2, 100, 4]).pulses == 0
    assert fed([100, 5]).pulses == 1


def test_what_is_active_at_the_start_is_no_pulse() -> None:
    contact = Contact(0.02)
    contact.edge(active=True, at=1.0)
    assert contact.active is None, "nothing held yet"
    contact.settle(1.02)
    assert (contact.active, contact.pulses) == (True, 0)


def test_the_same_level_again_does_not_begin_anew() -> None:
    contact = Contact(1.0)
    contact.edge(active=True, at=0.0)
    contact.edge(active=True, at=0.9)
    contact.settle(1.0)
    assert contact.active


def test_an_edge_that_comes_late_does_not_turn_time_back() -> None:
    contact = Contact(1.0)
    contact.edge(active=False, at=10.0)
    contact.edge(active=True, at=9.0)
    contact.settle(10.5)
    assert contact.active is None
    contact.settle(11.0)
    assert contact.active


def test_it_says_when_to_look_again() -> None:
    contact = Contact(0.5)
    assert contact.settles_at() == float("inf")
    contact.edge(active=True, at=2.0)
    assert contact.settles_at() == 2.5
    contact.settle(2.5)
    assert contact.settles_at() == float("inf")


def test_what_is_forgotten_must_hold_again() -> None:
    contact = fed([100, 100, 100])
    assert (contact.active, contact.pulses) == (True, 2)
    contact.forget()
    assert contact.active is None
    contact.edge(active=True, at=5000)
    contact.settle(6000)
    assert (contact.active, contact.pulses) == (True, 2), "it was not seen closing"


@pytest.mark.parametrize("bounce", [0.0, 0.02])
def test_without_bounce_every_edge_counts(bounce: float) -> None:
    contact = Contact(bounce)
    for nth in range(7):
        contact.edge(active=nth % 2 == 1, at=nth * 0.001)
    contact.settle(1.0)
    assert contact.pulses == (3 if bounce == 0 else 0)
