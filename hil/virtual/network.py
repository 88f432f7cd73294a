"""A network that can be cut and spoilt: a TCP relay on the loopback between a device and its broker."""

import contextlib
import queue
import socket
import struct
import threading
import time
from random import Random

from hil.virtual.ports import free_ports
from hil.virtual.weather import FAIR, SEGMENT, Passage, Weather

UNDER_WAY = 1000
"""So many pieces may be under way in one direction; then whoever sends has to wait."""
Piece = tuple[float, bytes]


class Relay:
    """Listens on a port of its own and passes bytes both ways; `cut` drops every connection and takes no new one.

    `connections` counts who was taken or turned away since the beginning.
    """

    def __init__(self, host: str, port: int, seed: int = 1) -> None:
        """`host` and `port` say where the bytes go; `self.port` is where they come in."""
        self._target = host, port
        self._lock = threading.Lock()
        (self.port,) = free_ports(1)
        self._listener = _listening(self.port)
        self._whole = True
        self._closed = False
        self._weather = FAIR
        self._random = Random(seed)
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self.connections = 0
        self._spawn(self._accept, self._listener)

    @property
    def whole(self) -> bool:
        """Is the cable in?"""
        return self._whole

    @property
    def weather(self) -> Weather:
        """What happens to what passes now."""
        return self._weather

    @weather.setter
    def weather(self, weather: Weather) -> None:
        with self._lock:
            self._weather = weather
            if weather.shut:
                for connection in self._open:
                    _shut(connection)

    def cut(self) -> None:
        """Pull the cable."""
        with self._lock:
            self._whole = False
            self._listener.close()
            for connection in self._open:
                _shut(connection)

    def mend(self) -> None:
        """Put the cable back."""
        with self._lock:
            if self._whole or self._closed:
                return
            self._whole = True
            self._listener = _listening(self.port)
            self._spawn(self._accept, self._listener)

    def close(self) -> None:
        """Cut for good and wait for the relay's threads."""
        self._closed = True
        self.cut()
        for thread in self._threads:
            thread.join(timeout=5)

    def _spawn(self, work: object, *args: object) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)  # type: ignore[arg-type]
        self._threads = [old for old in self._threads if old.is_alive()] + [thread]
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except TimeoutError:
                if listener.fileno() < 0:
                    return
                continue
            except OSError:
                return
            self.connections += 1
            self._join(near)

    def _join(self, near: socket.socket) -> None:
        if self._weather.shut:
            _reset(near)
            return
        try:
            far = socket.create_connection(self._target, timeout=5)
        except OSError:
            near.close()
            return
        with self._lock:
            if not self._whole:
                near.close()
                far.close()
                return
            for connection in (near, far):
                connection.settimeout(None)
                self._open.add(connection)
            for source, sink in ((near, far), (far, near)):
                way: queue.Queue[Piece] = queue.Queue(UNDER_WAY)
                self._spawn(self._take, source, way)
                self._spawn(self._give, sink, way)

    def _take(self, source: socket.socket, way: "queue.Queue[Piece]") -> None:
        """Read one end of a connection and say when each piece may go out at the other; an empty one ends it."""
        passage = Passage()
        with contextlib.suppress(OSError):
            while data := source.recv(65536 if self._weather.fair else SEGMENT):
                due = passage.due(time.monotonic(), len(data), self._weather, self._random.random)
                if due is None:
                    break
                if due != float("inf"):
                    way.put((due, data))
        way.put((0.0, b""))
        with self._lock:
            self._open.discard(source)
        _shut(source)
        source.close()

    def _give(self, sink: socket.socket, way: "queue.Queue[Piece]") -> None:
        """Send each piece when it is due; once that fails, what is under way goes nowhere."""
        while (piece := way.get())[1]:
            time.sleep(max(0.0, piece[0] - time.monotonic()))
            try:
                sink.sendall(piece[1])
            except OSError:
                _shut(sink)
        _shut(sink)


def _listening(port: int) -> socket.socket:
    listener = socket.create_server(("127.0.0.1", port), reuse_port=False)
    listener.settimeout(0.5)  # closing a socket does not wake a thread that waits in accept()
    return listener


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _reset(connection: socket.socket) -> None:
    """Close with RST instead of FIN: an abort (SO_LINGER with no time)."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
