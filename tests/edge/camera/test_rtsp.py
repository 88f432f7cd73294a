"""A real RTSP server from the system's packages: frames, its death, its return."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_server

import pytest

from edge.camera.address import parsed
from edge.camera.capture import CaptureService, source_of
from edge.camera.newest import Newest
from edge.runtime.backoff import Backoff
from edge.runtime.clock import SystemClock

PYTHON = "/usr/bin/python3"
SERVER = Path(__file__).with_name("rtsp_server.txt").read_text("utf-8")


def missing() -> str:
    """What the system lacks for an RTSP server, or nothing."""
    if not Path(PYTHON).exists():
        return f"no {PYTHON}"
    needs = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import Gst, GstRtspServer; "
    needs += "Gst.init(None); assert Gst.ElementFactory.find('x264enc')"
    tried = subprocess.run([PYTHON, "-c", needs], check=False, capture_output=True)
    return "" if tried.returncode == 0 else "no gir1.2-gst-rtsp-server-1.0, python3-gi, gstreamer1.0-plugins-ugly"


@contextmanager
def serving(port: int) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([PYTHON, "-c", SERVER, str(port)], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == "ready\n"
        yield server
        server.kill()


@pytest.fixture
def port() -> int:
    """A port that is free for now."""
    with create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def test_an_rtsp_camera_is_seen_lost_and_seen_again(
    port: int, run: Callable[..., None], until: Callable[[Callable[[], object]], None]
) -> None:
    if lack := missing():
        pytest.skip(lack)
    newest, clock = Newest(), SystemClock()
    source = source_of(parsed(f"rtsp://admin:geheim@127.0.0.1:{port}/test"), clock, 1.0, loop=False)
    service = CaptureService("field", source, newest, clock, Backoff(first=0.2, longest=0.5))
    with serving(port):
        run(service)
        until(lambda: newest.captured >= 3)
        shot = newest.take(5)
        assert shot is not None
        assert shot.frame.shape == (240, 320, 3)
    until(lambda: service.trouble)
    assert "geheim" not in str(service.trouble)
    before = newest.captured
    with serving(port):
        until(lambda: newest.captured > before and service.trouble is None)
