"""A camera's address in the site file: what kind it is, and how it may be shown to people."""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

_SECRET = re.compile(
    r"([?&;](?:user|usr|login|account|pass|pwd|psw|token|key|auth|secret)[^=&;]*=)[^&;#]*", re.IGNORECASE
)
_LOGIN = re.compile(r"(?<=://)[^?]*@")
_DEVICE = re.compile(r"(?:usb:|/dev/video)(\d+)")


class Kind(StrEnum):
    """The ways to a picture."""

    RTSP = "rtsp"
    WEB = "http"
    USB = "usb"
    PATH = "path"


@dataclass(frozen=True, slots=True)
class Address:
    """A checked address; `device` is the V4L2 number of a USB camera, else -1."""

    kind: Kind
    url: str
    device: int = -1

    @property
    def shown(self) -> str:
        """The address without secrets."""
        return redacted(self.url)


def parsed(url: str) -> Address:
    """The address in a site file's `url`; ValueError, in Chinese and English, where it is none."""
    if device := _DEVICE.fullmatch(url):
        return Address(Kind.USB, url, int(device[1]))
    scheme, mark, _ = url.partition("://")
    if not mark and url:
        return Address(Kind.PATH, url)
    kind = {"rtsp": Kind.RTSP, "rtsps": Kind.RTSP, "http": Kind.WEB, "https": Kind.WEB}.get(scheme.lower())
    if kind is None or not _host(url):
        raise ValueError(
            f"摄像头地址无法识别 / not a camera's address: {redacted(url)!r}; 应为 / expected "
            "rtsp://host/…, http(s)://host/…, usb:N, /dev/videoN, "
            "视频文件或图片文件夹的路径 / or the path of a film or of a folder of pictures"
        )
    return Address(kind, url)


def check_url(url: str) -> str | None:
    """What is wrong with an address, in words; None where nothing is."""
    try:
        parsed(url)
    except ValueError as fault:
        return str(fault)
    return None


def redacted(url: str) -> str:
    """The address without name and password, be they before an `@` or in the query, for logs and messages."""
    return _SECRET.sub(r"\1***", _LOGIN.sub("***@", url))


def _host(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        return parts.hostname if parts.port != 0 else None
    except ValueError:
        return None
