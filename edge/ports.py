"""Where a bus is reached: a serial port of this machine, one behind a serial server, or a Modbus TCP device."""

import posixpath
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit


class Way(StrEnum):
    """The ways to a bus, by how the site file writes them."""

    SERIAL = "/dev"
    RTU_OVER_TCP = "socket"
    TCP = "tcp"


@dataclass(frozen=True, slots=True)
class Place:
    """A checked `port` of a site file; `host` and `number` are empty for a serial port of this machine."""

    way: Way
    text: str
    host: str = ""
    number: int = 0

    @property
    def same(self) -> str:
        """Equal for two places that are one, however they are written: each has room for one bus only."""
        if self.way is Way.SERIAL:
            return posixpath.normpath(self.text)
        return f"{self.host.lower()} {self.number}"


def parsed(text: str) -> Place:
    """The place that `text` names; ValueError, in Chinese and English, where it names none."""
    if text.startswith("/"):
        return Place(Way.SERIAL, text)
    try:
        parts = urlsplit(text)
        way, host, number = Way(parts.scheme), parts.hostname, parts.port
    except ValueError:
        raise ValueError(_FORMS) from None
    if not host or not number or text != f"{way}://{parts.netloc}" or "@" in parts.netloc:
        raise ValueError(_FORMS)
    return Place(way, text, host, number)


def same(text: object) -> object:
    """What is equal for two places that are one; anything that names no place is itself."""
    try:
        return parsed(text).same if isinstance(text, str) else text
    except ValueError:
        return text


_FORMS = (
    "应为 /dev/…（本机串口）、socket://主机:端口（串口服务器透传 RTU）或 tcp://主机:端口（Modbus TCP，端口多为 502）"
    " / expected /dev/… (a serial port here), socket://host:port (RTU through a serial server) or "
    "tcp://host:port (Modbus TCP, mostly port 502)"
)
