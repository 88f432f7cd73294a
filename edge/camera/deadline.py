"""HTTP that ends in time: a socket's time-out holds for one packet, so a drip of bytes would hold a reader for ever."""

import http.client
import io
import socket
import urllib.request
from typing import Any

from sensors.clock import Clock


class Deadline:
    """The moment by which what is being read must be there; set anew for each answer and each picture."""

    def __init__(self, clock: Clock, timeout_s: float) -> None:
        self._clock = clock
        self._timeout_s = timeout_s
        self.set_anew()

    def set_anew(self) -> None:
        """The whole time from now on."""
        self._until = self._clock.monotonic() + self._timeout_s

    def left(self) -> float:
        """Seconds that are left; TimeoutError where none are."""
        seconds = self._until - self._clock.monotonic()
        if seconds <= 0:
            raise TimeoutError("it did not become whole in time")
        return seconds


def handlers(deadline: Deadline) -> tuple[urllib.request.BaseHandler, ...]:
    """What makes urllib keep the deadline, from an answer's first byte to its body's last."""

    class Response(http.client.HTTPResponse):
        def __init__(self, sock: socket.socket, *arguments: Any, **named: Any) -> None:
            super().__init__(sock, *arguments, **named)
            self.fp.close()
            self.fp = io.BufferedReader(_Timed(sock, deadline))

    class Plain(http.client.HTTPConnection):
        response_class = Response

    class Secure(http.client.HTTPSConnection):
        response_class = Response

    class PlainHandler(urllib.request.HTTPHandler):
        def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(Plain, req)

    class SecureHandler(urllib.request.HTTPSHandler):
        def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(Secure, req)

    return PlainHandler(), SecureHandler()


class _Timed(io.RawIOBase):
    """A socket's bytes, each wait for them no longer than the deadline allows."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._bytes = sock.makefile("rb", buffering=0)  # holds the socket open when urllib closes its connection
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._deadline.left())
        return self._bytes.readinto(buffer)

    def close(self) -> None:
        self._bytes.close()
        super().close()
