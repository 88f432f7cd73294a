"""A Modbus TCP device, or a gateway with several instruments behind it: our slaves, answering over a socket."""

import selectors
import socket
import threading
from collections.abc import Iterable

from hil.virtual.lines import Answering
from sensors.modbus.frame import crc, is_sound

_HEADER = 7
"""Transaction, protocol (0), length of what follows it, unit (MBAP; Messaging Guide V1.0b, clause 3.1.3)."""


class TcpStand:
    """Listens on 127.0.0.1 until it is closed; `port` is the one that it was given, or found for 0.

    An answer that no wire would bring (a broken CRC) is not passed on. What stands at no unit is silent; a `gateway`
    answers exception 11 in its place.
    """

    def __init__(self, instruments: Iterable[Answering], port: int = 0, *, gateway: bool = False) -> None:
        self._instruments = tuple(instruments)
        self._gateway = gateway
        self._listening = socket.create_server(("127.0.0.1", port), reuse_port=False)
        self.port: int = self._listening.getsockname()[1]
        self.delay_s = 0.0
        """How long every answer is held back; it then goes out all the same, with its own transaction."""
        self.connections = 0
        """How many were taken since the beginning."""
        self._heard: dict[socket.socket, bytes] = {}
        self._near, self._close = socket.socketpair()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._serve, name=f"modbus tcp {self.port}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Hang up on everybody and wait for the thread; closing twice is nothing."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._close.send(b".")
        self._thread.join(timeout=5)
        for end in (self._listening, self._near, self._close, *self._heard):
            end.close()

    def _serve(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._listening, selectors.EVENT_READ)
            selector.register(self._near, selectors.EVENT_READ)
            while not self._closing.is_set():
                for key, _ in selector.select():
                    if key.fileobj is self._listening:
                        self._take(selector)
                    elif isinstance(key.fileobj, socket.socket) and key.fileobj in self._heard:
                        self._attend(key.fileobj, selector)

    def _take(self, selector: selectors.BaseSelector) -> None:
        connection, _ = self._listening.accept()
        self.connections += 1
        self._heard[connection] = b""
        selector.register(connection, selectors.EVENT_READ)

    def _attend(self, connection: socket.socket, selector: selectors.BaseSelector) -> None:
        """Answer what `connection` asks, or forget it once it has hung up."""
        try:
            data = connection.recv(4096)
            self._heard[connection] += data
            while data and (request := self._request(connection)):
                answer = self.answer(request)
                if answer and not self._closing.wait(self.delay_s):
                    connection.sendall(answer)
        except OSError:  # it hung up in the middle
            data = b""
        if not data:
            selector.unregister(connection)
            del self._heard[connection]
            connection.close()

    def _request(self, connection: socket.socket) -> bytes:
        """The next whole frame of `connection`, taken away; empty while there is none."""
        heard = self._heard[connection]
        end = _HEADER - 1 + int.from_bytes(heard[4:6])
        if len(heard) <= _HEADER or len(heard) < end:
            return b""
        self._heard[connection] = heard[end:]
        return heard[:end]

    def answer(self, request: bytes) -> bytes:
        """The frame that answers the frame `request`, header and all; empty for silence."""
        rtu = request[_HEADER - 1 :]
        for instrument in self._instruments:
            answer = instrument.answer(rtu + crc(rtu))
            if answer is not None:
                return _framed(request, answer[:-2]) if is_sound(answer) else b""
        return _framed(request, bytes([rtu[0], rtu[1] | 0x80, 11])) if self._gateway else b""


def _framed(request: bytes, answer: bytes) -> bytes:
    return request[:4] + len(answer).to_bytes(2) + answer
