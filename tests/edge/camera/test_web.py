"""HTTP cameras: the virtual one, and a server that does what bad cameras do."""

import base64
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import parse_http_list, parse_keqv_list

import numpy as np
import pytest

from edge.camera.address import parsed
from edge.camera.source import Cause, Trouble
from edge.camera.web import StillFeed, StreamFeed, WebSource
from edge.runtime.clock import SystemClock
from hil.virtual.camera import VirtualCamera
from models.pictures import jpeg

PICTURE = jpeg(np.full((64, 96, 3), 90, np.uint8))
CLOCK = SystemClock()


@pytest.fixture
def camera() -> Iterator[VirtualCamera]:
    with VirtualCamera(lambda t: PICTURE, "127.0.0.1", 0, fps=50.0) as on:
        yield on


class Bad(BaseHTTPRequestHandler):
    """One path, one way to be bad."""

    timeout = 5

    def do_GET(self) -> None:
        getattr(self, self.path.strip("/").partition("?")[0])()

    def answer(self, kind: str, body: bytes, length: int | None = None, code: int = 200, challenge: str = "") -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        if challenge:
            self.send_header("WWW-Authenticate", challenge)
        self.end_headers()
        self.wfile.write(body)

    def page(self) -> None:
        self.answer("text/html", b"<h1>log in</h1>")

    def missing(self) -> None:
        self.answer("text/plain", b"", code=404)

    def broken(self) -> None:
        self.answer("image/jpeg", b"no picture")

    def basic(self) -> None:
        right = "Basic " + base64.b64encode(b"admin:p@ss").decode()
        if self.headers["Authorization"] == right:
            self.answer("image/jpeg", PICTURE)
        else:
            self.answer("text/plain", b"", code=401, challenge='Basic realm="cam"')

    def digest(self) -> None:
        given = self.headers["Authorization"] or ""
        fields = parse_keqv_list(parse_http_list(given[7:])) if given.startswith("Digest ") else {}
        if fields.get("username") == "admin" and len(fields.get("response", "")) == 32 and "p@ss" not in given:
            self.answer("image/jpeg", PICTURE)
        else:
            self.answer("text/plain", b"", code=401, challenge='Digest realm="cam", nonce="abc", qop="auth"')

    def short(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=b")
        self.end_headers()
        self.wfile.write(b"--b\r\nContent-Length: 5000\r\n\r\nabc")

    def endless(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=b")
        self.end_headers()
        gone = self.server.gone  # type: ignore[attr-defined]
        while not gone.wait(0.05):
            self.wfile.write(b".")

    def drip(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while not self.server.gone.wait(0.05):  # type: ignore[attr-defined]
            self.wfile.write(b".")

    def log_message(self, *args: object) -> None: ...


class BadServer(ThreadingHTTPServer):
    daemon_threads = False

    def handle_error(self, request: object, client_address: object) -> None: ...


@pytest.fixture
def bad() -> Iterator[str]:
    server = BadServer(("127.0.0.1", 0), Bad)
    server.gone = threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.gone.set()  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()
    thread.join()


def source(url: str, timeout_s: float = 5.0) -> WebSource:
    return WebSource(parsed(url), CLOCK, period_s=2.0, timeout_s=timeout_s)


def read(url: str, timeout_s: float = 5.0) -> object:
    """The first frame of a source, or its trouble."""
    feed = source(url, timeout_s).open()
    if isinstance(feed, Trouble):
        return feed
    got = feed.read()
    feed.close()
    return got


def test_a_stream_gives_frame_after_frame_at_its_own_pace(camera: VirtualCamera) -> None:
    feed = source(camera.url).open()
    assert isinstance(feed, StreamFeed)
    assert feed.period_s == 0.0
    shapes = [frame.shape for frame in (feed.read() for _ in range(5)) if not isinstance(frame, Trouble)]
    feed.close()
    assert shapes == [(64, 96, 3)] * 5


def test_stills_are_told_by_their_type_and_come_at_our_pace(camera: VirtualCamera) -> None:
    feed = source(camera.snapshot_url).open()
    assert isinstance(feed, StillFeed)
    assert feed.period_s == 2.0
    frame = feed.read()
    assert not isinstance(frame, Trouble)
    assert round(float(frame.mean())) == 90


def test_a_camera_switched_off_breaks_the_stream_and_then_refuses() -> None:
    camera = VirtualCamera(lambda t: PICTURE, "127.0.0.1", 0, fps=50.0)
    feed = source(camera.url).open()
    assert not isinstance(feed, Trouble)
    feed.read()
    camera.close()
    rest = [feed.read() for _ in range(3)]
    feed.close()
    assert isinstance(rest[-1], Trouble)
    assert rest[-1].cause in {Cause.SILENT, Cause.UNREACHABLE}
    again = source(camera.url).open()
    assert isinstance(again, Trouble)
    assert again.cause is Cause.UNREACHABLE


def test_a_hung_camera_is_noticed(camera: VirtualCamera) -> None:
    feed = source(camera.url, timeout_s=0.3).open()
    assert not isinstance(feed, Trouble)
    camera.hang()
    trouble = next(got for got in iter(feed.read, None) if isinstance(got, Trouble))
    feed.close()
    assert trouble.cause is Cause.SILENT


@pytest.mark.parametrize("path", ["endless", "drip"])
def test_a_server_that_drips_for_ever_is_noticed(bad: str, path: str) -> None:
    trouble = read(f"http://{bad}/{path}", timeout_s=0.3)
    assert isinstance(trouble, Trouble)
    assert trouble.cause is Cause.SILENT


@pytest.mark.parametrize(
    ("path", "cause", "words"),
    [
        ("page", Cause.REFUSED, "text/html"),
        ("missing", Cause.REFUSED, "HTTP 404"),
        ("broken", Cause.UNREADABLE, "unreadable picture"),
        ("short", Cause.SILENT, "视频流中断"),
        ("basic", Cause.REFUSED, "HTTP 401"),
    ],
)
def test_what_is_no_picture_is_trouble_that_says_why(bad: str, path: str, cause: Cause, words: str) -> None:
    trouble = read(f"http://{bad}/{path}")
    assert isinstance(trouble, Trouble)
    assert trouble.cause is cause
    assert words in trouble.detail


@pytest.mark.parametrize("path", ["basic", "digest"])
def test_cameras_that_want_a_login_get_it(bad: str, path: str) -> None:
    assert not isinstance(read(f"http://admin:p%40ss@{bad}/{path}"), Trouble)
    refused = read(f"http://other:geheim@{bad}/{path}")
    assert isinstance(refused, Trouble)
    assert refused.cause is Cause.REFUSED
    assert "geheim" not in refused.detail
