"""`luxi tap`: what passes between the sites and the gateway, as JSON, a line for each message."""

import json
import sys
import threading
from collections.abc import Callable
from typing import Any

from edge.link.link import Incoming, Link
from edge.wire import codec, topics
from edge.wire.codec import MalformedError, UnknownLegendError
from edge.wire.legend import digest
from edge.wire.plain import plain
from edge.wire.topics import Kind
from gateway.inbound import Told
from gateway.legends import Legends

TURN_S = 0.2


class Tap:
    """Reads messages of the contract; `legends` knows those that were told before it listened."""

    def __init__(self, legends: Legends) -> None:
        self._legends = legends

    def line(self, message: Incoming) -> str:
        """One message as JSON in one line: its topic, and what it says or why it can't be read."""
        try:
            said = self._said(message)
        except UnknownLegendError as missing:
            said = {"unread": f"legend {missing} has not come"}
        except ValueError as fault:
            said = {"malformed": str(fault)}
        return json.dumps({"topic": message.topic, **said}, ensure_ascii=False)

    def _said(self, message: Incoming) -> dict[str, Any]:
        address = topics.parse(message.topic)
        if address is None:
            raise MalformedError("topic is not of this contract")
        match address.kind:
            case Kind.ONLINE:
                return {"message": plain(codec.decode_online(message.payload))}
            case Kind.ACK:
                return {"message": plain(codec.decode_ack(message.payload))}
            case Kind.TIME:
                asks = address.direction == "up"
                decode = codec.decode_time_request if asks else codec.decode_time_offer
                return {"message": plain(decode(message.payload))}
            case Kind.LEGEND:
                legend = codec.decode_legend(message.payload)
                self._legends.add(Told(address.site, digest(message.payload), message.payload, legend))
                return {"message": plain(legend)}
        envelope = codec.unseal(message.payload)
        body = codec.decode_body(address.kind, envelope.body, lambda one: self._legends.find(address.site, one))
        return {"stream": envelope.stream, "seq": envelope.seq, "message": plain(body)}


def listen(
    link: Link, tap: Tap, stop: threading.Event, count: int | None = None, say: Callable[[str], None] | None = None
) -> int:
    """Print what comes until told to stop or `count` messages came; the exit status."""
    left = count
    while not stop.is_set() and left != 0:
        for message in link.pump(TURN_S)[:left]:
            (say or _print)(tap.line(message))
            left = None if left is None else left - 1
    link.close()
    return 0


def _print(line: str) -> None:
    print(line)
    sys.stdout.flush()
