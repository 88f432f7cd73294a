"""A real serial port, at hand or at the far end of a TCP connection: the only door to pyserial."""

import errno
import select
import termios
import time
from collections.abc import Callable
from pathlib import Path

import serial

from sensors.modbus.again import Again
from sensors.modbus.holder import holder, present
from sensors.modbus.port import Framing, PortLost

_WRITE_TIMEOUT_S = 2.0
_CHUNK = 4096
_FAR = "socket://"
_TROUBLE = (serial.SerialException, OSError, termios.error)
"""What an unplugged adapter raises, depending on the call that meets it first."""


class Tty:
    """The serial port at `path`, opened on first use and again, by its name, after trouble.

    Give a name that stays with the socket (`/dev/serial/by-path/...`): after trouble the descriptor is closed first,
    or else the kernel would hand the returning adapter another number.

    `socket://host:port` is the port of a serial server that passes RTU frames on as they are. `framing` then only says
    how that port is set, and a server that cannot be reached is left alone for a while (`Again`).
    """

    def __init__(self, path: str, framing: Framing, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._framing = framing
        self._again = Again(monotonic)
        self._serial: serial.Serial | None = None

    @property
    def name(self) -> str:
        """The name by which the port is opened."""
        return self._path

    @property
    def framing(self) -> Framing:
        """How characters stand on this line."""
        return self._framing

    def write(self, data: bytes) -> None:
        """Hand `data` to the driver; raises PortLost."""
        try:
            self._opened().write(data)
        except _TROUBLE as error:
            raise self._lost(error) from error

    def read(self, timeout: float) -> bytes:
        """What has come, waiting up to `timeout` seconds for the first byte; raises PortLost."""
        try:
            port = self._opened()
            if not _readable(port.fileno(), timeout):
                return b""
            return bytes(port.read(_CHUNK))  # its time-out is 0: no more than has come
        except _TROUBLE as error:
            raise self._lost(error) from error

    def close(self) -> None:
        """Give the port free; a later call opens it again."""
        port, self._serial = self._serial, None
        if port is not None:
            connection = getattr(port, "_socket", None)
            try:
                port.close()
            except _TROUBLE:
                pass  # the device is gone, and with it all that could be put in order
            if connection is not None:
                connection.close()  # pyserial forgets to, where the far end hung up first

    def _opened(self) -> serial.Serial:
        if self._serial is None and self._path.startswith(_FAR):
            if self._again.resting:
                raise OSError(self._again.trouble)
            self._serial = serial.serial_for_url(self._path, timeout=0, write_timeout=_WRITE_TIMEOUT_S)
            self._again.reached()
        elif self._serial is None:
            self._serial = serial.Serial(
                self._path,
                baudrate=self._framing.baudrate,
                parity=self._framing.parity,
                stopbits=self._framing.stop_bits,
                timeout=0,
                write_timeout=_WRITE_TIMEOUT_S,
                exclusive=True,
            )
        return self._serial

    def _lost(self, error: Exception) -> PortLost:
        was_open = self._serial is not None
        self.close()
        if self._path.startswith(_FAR):
            return PortLost(self._far_lost(error, was_open=was_open))
        if was_open:
            return PortLost(
                f"端口中断 {self._path}，请查 USB 插头 / port lost {self._path}; check the USB plug ({error})"
            )
        return PortLost(self._unopened(error))

    def _unopened(self, error: Exception) -> str:
        """Why the port did not open, and what to do."""
        path = self._path
        if not Path(path).exists():
            there = ", ".join(present()) or "-"
            return (
                f"端口不存在 {path}，请查插头和名称；本机现有：{there} / "
                f"port not found {path}; check the plug and the name; this machine has: {there}"
            )
        if isinstance(error, termios.error):
            how = f"{self._framing.baudrate} 8{self._framing.parity}{self._framing.stop_bits}"
            return f"端口不支持 {how} {path}，请换一种设置 / the port refuses {how} {path}; try another: {error}"
        number = getattr(error, "errno", None)
        if number in {errno.EACCES, errno.EPERM}:
            return (
                f"没有权限打开 {path}，请用 sudo，或把用户加入 dialout 组 / "
                f"not allowed to open {path}; use sudo, or add the user to the group dialout"
            )
        who = holder(path)
        if who or number in {errno.EAGAIN, errno.EBUSY}:
            return (
                f"端口被占用 {path}，进程 {who or '属于其他用户，用 sudo fuser 查看'}；一个端口只能由一个程序使用，"
                f"请先停止它 / port in use {path}, held by process {who or 'of another user: see sudo fuser'}; "
                "one program at a time can use a port: stop it first"
            )
        return f"端口打不开 {path} / cannot open port {path}: {error}"

    def _far_lost(self, error: Exception, *, was_open: bool) -> str:
        if was_open:
            return f"连接中断 {self._path} / connection lost {self._path} ({error})"
        if not self._again.resting:
            self._again.failed(
                f"连接不上 {self._path}，请查供电、网线、地址和端口 / cannot connect to {self._path}; "
                f"check power, cable, address and port ({error.__context__ or error})"
            )
        return self._again.trouble


def _readable(descriptor: int, timeout: float) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(max(0.0, timeout) * 1000))
