"""What is under way: bounded on the air and in all, with room kept for alarms, resent with care; against a model."""

from hypothesis import given
from hypothesis import strategies as st

from edge.spool.flight import LONG, Flight
from edge.spool.message import Waiting
from edge.wire.topics import Kind


def waiting(seq: int, kind: Kind = Kind.BATCH, stream: str = "s") -> Waiting:
    return Waiting(seq, kind, b"", stream, seq)


def sent(flight: Flight, *seqs: int, now: float = 0.0, confirmed: bool = True, size: int = 10) -> None:
    for seq in seqs:
        flight.sent(waiting(seq), size, seq, now)
    if confirmed:
        flight.confirmed(seqs, now)


def test_room_is_kept_for_alarms() -> None:
    flight = Flight(messages=10, air_messages=6, reserve=2)
    assert flight.room()[0] == 4
    sent(flight, 1, 2, 3, 4, confirmed=False)
    assert flight.room() == (0, 0)
    assert flight.room(alarm=True)[0] == 2
    flight.confirmed([1, 2, 3, 4], 0.0)
    assert flight.room()[0] == 4
    sent(flight, 5, 6, 7, 8)
    assert flight.room() == (0, 0)
    assert flight.room(alarm=True)[0] == 2


def test_bytes_on_the_air_and_in_all_are_bounded_but_not_for_alarms() -> None:
    flight = Flight(size=1000, air_size=500)
    assert flight.room()[1] == 500
    sent(flight, 1, size=600, confirmed=False)
    assert flight.room() == (0, 0)
    assert flight.room(alarm=True)[1] > 10**9
    flight.confirmed([1], 0.0)
    assert flight.room()[1] == 400
    sent(flight, 2, size=400)
    assert flight.room() == (0, 0)
    assert flight.room(again=True)[1] == 500, "what is under way anyway may be sent again"
    flight.acknowledged({"s": [(1, 2)]}, 0.0)
    assert flight.room()[1] == 500


def test_the_gateways_time_begins_with_the_brokers_word() -> None:
    flight = Flight(patience_s=10)
    sent(flight, 1, 2, confirmed=False)
    flight.confirmed([1], 50.0)
    assert flight.overdue(59.9) == {}
    assert flight.overdue(60.0) == {1: ("s", 1)}
    assert flight.overdue(10.0 * LONG) == {1: ("s", 1), 2: ("s", 2)}, "not even the broker answers: at last again"


def test_while_nobody_answers_only_a_few_are_sent_again() -> None:
    flight = Flight(patience_s=10, probes=2)
    sent(flight, *range(1, 21))
    assert list(flight.overdue(10.0)) == [1, 2]
    sent(flight, 1, 2, now=10.0)
    assert flight.overdue(19.0) == {}
    assert len(flight.overdue(20.0)) == 2
    flight.acknowledged({"s": [(1, 2)]}, 21.0)
    assert list(flight.overdue(21.0)) == list(range(3, 21)), "somebody is there: all the rest at once"


def test_what_was_lost_among_what_was_heard_is_sent_again_at_once_when_it_is_due() -> None:
    flight = Flight(patience_s=10, probes=2)
    sent(flight, *range(1, 11))
    flight.acknowledged({"s": [(1, 5)]}, 1.0)
    assert list(flight.overdue(10.0)) == [6, 7, 8, 9, 10]


def test_alarms_are_sent_again_first() -> None:
    flight = Flight(patience_s=10)
    for seq, kind in enumerate((Kind.BATCH, Kind.HEALTH, Kind.ALARM), 1):
        flight.sent(waiting(seq, kind), 1, seq, 0.0)
        flight.confirmed([seq], 0.0)
    assert list(flight.overdue(10.0)) == [3, 2, 1]


def test_a_refused_one_is_no_longer_under_way() -> None:
    flight = Flight()
    sent(flight, 7, confirmed=False)
    found = flight.refused(7)
    assert found is not None
    assert (found[0], found[1].row) == (("s", 7), 7)
    assert flight.refused(7) is None
    assert flight.confirmed([7], 0.0) == []
    assert flight.room() == Flight().room()


def test_acknowledgements_of_other_streams_and_endless_runs() -> None:
    flight = Flight()
    sent(flight, 1, 2, 3)
    assert flight.acknowledged({"other": [(1, 2**63)]}, 0.0) == 0
    assert flight.acknowledged({"s": [(2, 2**70)]}, 0.0) == 2
    assert set(flight.under_way) == {("s", 1)}
    flight.renew()
    assert flight.room() == Flight().room()


STEPS = st.lists(
    st.tuples(st.sampled_from(["send", "again", "confirm", "ack", "refuse", "wait", "renew"]), st.integers(1, 30)),
    max_size=80,
)


@given(STEPS)
def test_sums_against_a_model(steps: list[tuple[str, int]]) -> None:
    flight, now, ticket = Flight(messages=8, size=300, air_messages=5, air_size=120, reserve=1, patience_s=10), 0.0, 0
    model: dict[int, tuple[int, int]] = {}  # number -> ticket on the air (0: confirmed), size
    for step, number in steps:
        again = number in model
        if step in {"send", "again"} and again is (step == "again") and flight.room(again=again)[0]:
            ticket += 1
            flight.sent(waiting(number), number, ticket, now)
            model[number] = (ticket, number)
        elif step == "confirm":
            for one, (on_air, size) in list(model.items()):
                if on_air and on_air % 2 == number % 2:
                    assert [name for name, _ in flight.confirmed([on_air], now)] == [("s", one)]
                    model[one] = (0, size)
        elif step == "ack":
            assert flight.acknowledged({"s": [(number, number + 3)]}, now) == len(
                [model.pop(one) for one in range(number, number + 4) if one in model]
            )
        elif step == "refuse" and number in model and model[number][0]:
            assert flight.refused(model.pop(number)[0]) is not None
        elif step == "wait":
            now += number
            assert set(flight.overdue(now)) <= set(model)
        elif step == "renew":
            flight.renew()
            model.clear()
        air = [size for on_air, size in model.values() if on_air]
        assert {name[1] for name in flight.under_way} == set(model)
        count = min(8 - 1 - len(model), 5 - 1 - len(air))
        size = min(300 - sum(size for _, size in model.values()), 120 - sum(air))
        assert flight.room() == ((count, size) if count > 0 and size > 0 else (0, 0))
