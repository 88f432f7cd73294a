"""Cameras that speak HTTP: Motion JPEG, or one JPEG a request; which of both, the answer's Content-Type tells."""

import http.client
import urllib.error
import urllib.request
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit, urlunsplit

from edge.camera.address import Address
from edge.camera.deadline import Deadline, handlers
from edge.camera.parts import MAX_BYTES, Parts
from edge.camera.source import Cause, Feed, Trouble
from models.detection import Frame
from models.pictures import decode
from sensors.clock import Clock

CHUNK = 65536
STILL_TYPES = frozenset({"image/jpeg", "image/jpg", "image/png"})


class WebSource:
    """A camera's address on the web, with name and password in it where it wants them (basic or digest)."""

    def __init__(self, address: Address, clock: Clock, period_s: float, timeout_s: float = 5.0) -> None:
        """`period_s`: seconds between stills; `timeout_s` holds for connecting and for each picture."""
        self._client = _Client(address, clock, timeout_s)
        self._period_s = period_s

    @property
    def shown(self) -> str:
        """The address without secrets."""
        return self._client.shown

    def open(self) -> Feed | Trouble:
        """Ask once, and see what kind of answer comes."""
        answer = self._client.ask()
        if isinstance(answer, Trouble):
            return answer
        kind, boundary = answer.headers.get_content_type(), answer.headers.get_param("boundary")
        if kind.startswith("multipart/") and isinstance(boundary, str):
            return StreamFeed(self._client, answer, boundary)
        answer.close()
        if kind in STILL_TYPES:
            return StillFeed(self._client, self._period_s)
        wanted = "应为 / expected multipart/x-mixed-replace, image/jpeg"
        return Trouble(Cause.REFUSED, f"不是图像 / no picture but {kind}; {wanted}: {self.shown}")


class StreamFeed:
    """A Motion JPEG stream; of several pictures that arrived together, the newest."""

    period_s = 0.0

    def __init__(self, client: "_Client", answer: http.client.HTTPResponse, boundary: str) -> None:
        self._client = client
        self._answer = answer
        self._parts = Parts(boundary)

    def read(self) -> Frame | Trouble:
        """The next picture."""
        try:
            for chunk in self._client.chunks(self._answer):
                if pictures := self._parts.feed(chunk):
                    return self._client.picture(pictures[-1])
        except (OSError, http.client.HTTPException, ValueError) as fault:
            return self._client.trouble(fault)
        return Trouble(Cause.SILENT, f"视频流中断 / the stream broke off: {self._client.shown}")

    def close(self) -> None:
        """Disconnect."""
        self._answer.close()


class StillFeed:
    """One request for each picture."""

    def __init__(self, client: "_Client", period_s: float) -> None:
        self.period_s = period_s
        self._client = client

    def read(self) -> Frame | Trouble:
        """The picture of now."""
        answer = self._client.ask()
        if isinstance(answer, Trouble):
            return answer
        with answer:
            try:
                data = b""
                for chunk in self._client.chunks(answer):
                    data += chunk
                    if len(data) > MAX_BYTES:
                        raise ValueError(f"a picture of more than {MAX_BYTES} bytes")
            except (OSError, http.client.HTTPException, ValueError) as fault:
                return self._client.trouble(fault)
        return self._client.picture(data)

    def close(self) -> None:
        """Nothing is held between pictures."""


class _Client:
    """Asking one address, and telling what went wrong."""

    def __init__(self, address: Address, clock: Clock, timeout_s: float) -> None:
        self.shown = address.shown
        self._deadline = Deadline(clock, timeout_s)
        self._url, self._opener = _prepared(address.url, self._deadline)
        self._timeout_s = timeout_s

    def ask(self) -> http.client.HTTPResponse | Trouble:
        """Send the request; the answer's body is still to be read."""
        self._deadline.set_anew()
        try:
            answer = self._opener.open(self._url, timeout=self._timeout_s)
        except urllib.error.HTTPError as refusal:
            with refusal:
                return Trouble(Cause.REFUSED, f"HTTP {refusal.code} ({refusal.reason}): {self.shown}")
        except (OSError, http.client.HTTPException, ValueError) as fault:
            return self.trouble(fault)
        assert isinstance(answer, http.client.HTTPResponse)
        return answer

    def chunks(self, answer: http.client.HTTPResponse) -> Iterator[bytes]:
        """The body as it comes; TimeoutError when it goes on for longer than a picture may take."""
        self._deadline.set_anew()
        while chunk := answer.read1(CHUNK):
            yield chunk

    def picture(self, data: bytes) -> Frame | Trouble:
        """The picture in the bytes."""
        try:
            return decode(data)
        except ValueError as fault:
            return Trouble(Cause.UNREADABLE, f"图片无法读取 / unreadable picture: {fault}: {self.shown}")

    def trouble(self, fault: Exception) -> Trouble:
        """What an exception of the network means for people."""
        reason = fault.reason if isinstance(fault, urllib.error.URLError) else fault
        if isinstance(reason, TimeoutError):
            what = f"{self._timeout_s:.0f} 秒没有画面 / no picture for that many seconds"
            return Trouble(Cause.SILENT, f"{what}: {self.shown}")
        return Trouble(Cause.UNREACHABLE, f"摄像头连不上 / camera can't be reached ({reason}): {self.shown}")


def _prepared(url: str, deadline: Deadline) -> tuple[str, urllib.request.OpenerDirector]:
    """The address without its login, and an opener that knows the login and goes through no proxy."""
    parts = urlsplit(url)
    bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    logins = urllib.request.HTTPPasswordMgrWithPriorAuth()
    if parts.username is not None:
        logins.add_password(None, bare, unquote(parts.username), unquote(parts.password or ""))
    return bare, urllib.request.build_opener(
        *handlers(deadline),
        urllib.request.ProxyHandler({}),
        urllib.request.HTTPDigestAuthHandler(logins),
        urllib.request.HTTPBasicAuthHandler(logins),
    )
