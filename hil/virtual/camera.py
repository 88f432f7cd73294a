"""A camera on the network that plays a scene or a folder: Motion JPEG on `/stream`, one picture on `/snapshot.jpg`."""

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

from hil.virtual.scene import Scene
from models.pictures import jpeg, load

BOUNDARY = "luxi-virtual-camera"
PICTURES = frozenset({".jpg", ".jpeg", ".png"})
View = Callable[[float], bytes]
"""Seconds since the camera was switched on -> the JPEG that it sees then."""


def scene_view(scene: Scene) -> View:
    """What a scene looks like."""
    return lambda t: jpeg(scene.frame(t))


def folder_view(folder: Path, period_s: float) -> View:
    """A folder's pictures by name, `period_s` each, again and again; ValueError where there are none."""
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURES)
    if not paths:
        raise ValueError(f"文件夹里没有图片 / no pictures (.jpg, .png) in {folder}")
    return lambda t: jpeg(load(paths[int(t / period_s) % len(paths)]))


def serve(what: Scene | Path, host: str = "127.0.0.1", port: int = 0, fps: float = 5.0) -> "VirtualCamera":
    """Switch a camera on that plays a scene, or a folder's pictures one a second; the caller closes it."""
    view = folder_view(what, period_s=1.0) if isinstance(what, Path) else scene_view(what)
    return VirtualCamera(view, host, port, fps)


class VirtualCamera:
    """A web camera with its server's thread; use as a context manager, or `close` it."""

    def __init__(self, view: View, host: str, port: int, fps: float) -> None:
        """`port` 0 takes a free one."""
        self._server = _Server((host, port), view, fps)
        self.host, self.port = host, int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name=f"camera-{self.port}")
        self._thread.start()

    @property
    def url(self) -> str:
        """Where the stream is."""
        return f"http://{self.host}:{self.port}/stream"

    @property
    def snapshot_url(self) -> str:
        """Where single pictures are."""
        return f"http://{self.host}:{self.port}/snapshot.jpg"

    def hang(self, hung: bool = True) -> None:
        """Keep every connection, but send nothing any more; or go on."""
        (self._server.hung.set if hung else self._server.hung.clear)()

    def breaks_after(self, frames: int | None) -> None:
        """Break each stream after so many frames, as a camera on a bad line does; None: never."""
        self._server.breaks_after = frames

    def close(self) -> None:
        """Switch off: all connections break, all threads end."""
        self._server.off.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    """Renders each frame once, however many look."""

    daemon_threads = False  # so that server_close() waits for them

    def __init__(self, address: tuple[str, int], view: View, fps: float) -> None:
        super().__init__(address, _Handler)
        self.off, self.hung = threading.Event(), threading.Event()
        self.breaks_after: int | None = None
        self._view = view
        self._fps = fps
        self._began = time.monotonic()
        self._rendering = threading.Lock()
        self._newest = -1, b""

    def picture(self) -> bytes:
        """The frame of now."""
        number = int((time.monotonic() - self._began) * self._fps)
        with self._rendering:
            if self._newest[0] != number:
                self._newest = number, self._view(number / self._fps)
            return self._newest[1]

    def wait(self) -> bool:
        """Until the next frame is due; False once the camera is off."""
        since = (time.monotonic() - self._began) * self._fps
        if self.off.wait((1 - since % 1) / self._fps):
            return False
        while self.hung.is_set():
            if self.off.wait(0.05):
                return False
        return True

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that go away are everyday life for a camera."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 5

    def do_GET(self) -> None:
        """The stream or one picture."""
        if self.path.startswith("/stream"):
            self._stream()
        elif self.path.startswith("/snapshot"):
            self._still()
        else:
            self.send_error(404, explain="there are /stream and /snapshot.jpg")

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY}")
        self.end_headers()
        sent = 0
        while self.server.wait() and sent != self.server.breaks_after:
            sent += 1
            data = self.server.picture()
            head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
            self.wfile.write(head.encode() + data + b"\r\n")

    def _still(self) -> None:
        if not self.server.wait():
            return
        data = self.server.picture()
        self.send_response(200)
        self.send_header("Content-Type", "image/jpeg")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Silent: the demo's terminal belongs to the demo."""
