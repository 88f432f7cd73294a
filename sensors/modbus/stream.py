"""One TCP connection to a device or gateway: opened on first use, and again after trouble, later each time."""

import select
import socket
from collections.abc import Callable

from sensors.host import octets
from sensors.modbus.again import Again
from sensors.modbus.port import PortLost

_CONNECT_TIMEOUT_S = 3.0
_SEND_TIMEOUT_S = 2.0
_CHUNK = 4096


class Stream:
    """The connection to `host` and `port`; methods raise PortLost, after which a later call connects again.

    A connection that was of use is made again at once; a far end that could not be reached, or hung up without a
    word, is left alone for a while (`Again`), and PortLost then says at once what it said before.
    """

    def __init__(self, host: str, port: int, monotonic: Callable[[], float]) -> None:
        self.name = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._where = (octets(host), port)
        self._again = Again(monotonic)
        self._socket: socket.socket | None = None
        self._of_use = False

    @property
    def is_open(self) -> bool:
        """True while there is a connection, as far as is known here."""
        return self._socket is not None

    def send(self, data: bytes) -> None:
        """Hand `data` to the connection."""
        try:
            self._opened().sendall(data)
        except OSError as error:
            raise self._lost(error.strerror or str(error)) from error

    def receive(self, timeout: float) -> bytes:
        """What has come, waiting up to `timeout` seconds for it; empty if nothing came."""
        try:
            connection = self._opened()
            if not _readable(connection.fileno(), timeout):
                return b""
            data = connection.recv(_CHUNK)
        except OSError as error:
            raise self._lost(error.strerror or str(error)) from error
        if not data:
            raise self._lost("对方关闭 / closed by the far end")
        self._of_use = True
        self._again.reached()
        return data

    def close(self) -> None:
        """Hang up; a later call connects again."""
        connection, self._socket = self._socket, None
        if connection is not None:
            connection.close()

    def _opened(self) -> socket.socket:
        if self._socket is None:
            self._socket = self._connected()
            self._socket.settimeout(_SEND_TIMEOUT_S)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._of_use = False
        return self._socket

    def _connected(self) -> socket.socket:
        if self._again.resting:
            raise PortLost(self._again.trouble)
        try:
            return socket.create_connection(self._where, _CONNECT_TIMEOUT_S)
        except OSError as error:
            trouble = (
                f"连接不上 {self.name}，请查供电、网线、地址和端口 / cannot connect to {self.name}; "
                f"check power, cable, address and port ({error.strerror or error})"
            )
            self._again.failed(trouble)
            raise PortLost(trouble) from error

    def _lost(self, why: str) -> PortLost:
        self.close()
        trouble = f"连接中断 {self.name} / connection lost {self.name} ({why})"
        if not self._of_use:
            self._again.failed(trouble)
        return PortLost(trouble)


def _readable(descriptor: int, timeout: float) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(max(0.0, timeout) * 1000))
