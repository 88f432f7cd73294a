"""`luxi tap`: everything that passes is shown as JSON, and nothing that passes stops it."""

import json
import threading

from gateway_kit import ALARM, LEGENDS, PICTURE, STREAM, batch, came, sent, told
from hypothesis import given
from hypothesis import strategies as st

from edge.link.link import Incoming, Outgoing
from edge.link.memory import MemoryBroker
from edge.wire import codec
from edge.wire.messages import Ack
from edge.wire.time import TimeOffer, TimeRequest
from gateway.ingest import LISTENS
from gateway.legends import Legends
from gateway.tap import Tap, listen
from sensors.reading import ClockState


def tapped(*messages: Incoming) -> list[dict[str, object]]:
    tap = Tap(Legends(lambda _site, _digest: None))
    return [json.loads(tap.line(message)) for message in messages]


def test_a_batch_is_shown_with_its_names_behind_its_legend() -> None:
    legend, readings = tapped(*told(sent(batch(8.5, None), 7)))
    assert legend["message"]["boot"] == "boot-1"  # type: ignore[index]
    assert (readings["stream"], readings["seq"]) == (STREAM, 7)
    (series,) = readings["message"]["series"]  # type: ignore[index]
    assert (series["channel"], series["values"], series["flags"]) == ("do", [8.5, None], [1, 9])


def test_a_legend_may_have_come_before() -> None:
    tap = Tap(Legends(lambda _site, digest: LEGENDS.get(digest)))
    assert json.loads(tap.line(sent(batch(8.5), 7)))["message"]["boot"] == "boot-1"
    (unread,) = tapped(sent(batch(8.5), 7))
    assert "has not come" in str(unread["unread"])


def test_everything_else_has_its_names() -> None:
    ack = Incoming(f"luxi/1/pond-1/down/ack/{STREAM}", codec.encode_small(Ack(STREAM, ((1, 3),))))
    alarm, picture, presence, acknowledged = tapped(sent(ALARM, 1), sent(PICTURE, 2), came("sense"), ack)
    assert alarm["message"]["boxes"][0]["score"] == 0.91  # type: ignore[index]
    assert picture["message"]["data"] == f"{len(PICTURE.data)} bytes"  # type: ignore[index]
    assert presence["message"]["online"] is True  # type: ignore[index]
    assert acknowledged["message"]["runs"] == [[1, 3]]  # type: ignore[index]


def test_questions_for_the_time_and_their_answers_are_shown() -> None:
    asked = codec.encode_small(TimeRequest(7))
    answered = codec.encode_small(TimeOffer(7, 1_790_000_000_000, ClockState.SYNCHRONISED, 20))
    question, answer = tapped(
        Incoming("luxi/1/pond-1/up/time/sense", asked), Incoming("luxi/1/pond-1/down/time/sense", answered)
    )
    assert question["message"] == {"mono_ms": 7}
    assert answer["message"]["wall_ms"] == 1_790_000_000_000  # type: ignore[index]


@given(
    st.sampled_from(["luxi/1/pond-1/up/batch", "luxi/1/pond-1/up/time/s", "luxi/1/pond-1/down/ack/s", "other"]),
    st.binary(max_size=60),
)
def test_whatever_passes_is_shown_in_one_line(topic: str, payload: bytes) -> None:
    (shown,) = tapped(Incoming(topic, payload))
    assert shown["topic"] == topic


def test_it_ends_after_so_many() -> None:
    broker, lines = MemoryBroker(), list[str]()
    link = broker.link(LISTENS)
    link.pump(0)
    for message in (came("sense"), came("watch"), came("sense")):
        broker.carry(Outgoing(message.topic, message.payload))
    assert listen(link, Tap(Legends(lambda _site, _digest: None)), threading.Event(), 2, lines.append) == 0
    assert len(lines) == 2
