"""A network that can be cut: a TCP relay on the loopback between a device and its broker."""

import contextlib
import socket
import threading

from hil.virtual.ports import free_ports


class Relay:
    """Listens on a port of its own and passes bytes both ways; `cut` drops every connection and takes no new one."""

    def __init__(self, host: str, port: int) -> None:
        """`host` and `port` say where the bytes go; `self.port` is where they come in."""
        self._target = host, port
        self._lock = threading.Lock()
        (self.port,) = free_ports(1)
        self._listener = _listening(self.port)
        self._whole = True
        self._closed = False
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._spawn(self._accept, self._listener)

    @property
    def whole(self) -> bool:
        """Is the cable in?"""
        return self._whole

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
            self._join(near)

    def _join(self, near: socket.socket) -> None:
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
            self._spawn(self._pass, near, far)
            self._spawn(self._pass, far, near)

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        _shut(source)
        _shut(sink)
        with self._lock:
            self._open.discard(source)
        source.close()


def _listening(port: int) -> socket.socket:
    listener = socket.create_server(("127.0.0.1", port), reuse_port=False)
    listener.settimeout(0.5)  # closing a socket does not wake a thread that waits in accept()
    return listener


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
