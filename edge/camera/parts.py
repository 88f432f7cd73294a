"""The pictures in a Motion JPEG stream: multipart/x-mixed-replace, as cameras really send it (pure).

RFC 2046 section 5.1 gives the framing. Cameras bend it: some name the boundary with its dashes, some leave out
Content-Length, some end lines with a bare line feed.
"""

import re

MAX_BYTES = 16 * 1024 * 1024
"""No camera's JPEG is larger; a part that grows beyond is refused instead of filling the memory."""

_LINE = 256
"""Longer than any boundary's line."""

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_LENGTH = re.compile(rb"^content-length:\s*(\d+)", re.IGNORECASE | re.MULTILINE)


class Parts:
    """Bytes in, whole parts out."""

    def __init__(self, boundary: str) -> None:
        """`boundary` as the Content-Type header gives it, with or without dashes."""
        name = re.escape(boundary.strip('"').lstrip("-").encode("latin-1"))
        self._border = re.compile(rb"(?:^|\r?\n)--+" + name + rb"[^\r\n]*\r?\n")
        self._buffer = b""
        self._searched = 0  # no following boundary begins before here, so that a slow part is not searched again

    def feed(self, data: bytes) -> tuple[bytes, ...]:
        """Take in what arrived, give out the bodies that it completed; ValueError where a part is endless."""
        self._buffer += data
        bodies: list[bytes] = []
        while (body := self._next()) is not None:
            bodies += [body] if body else []
        if len(self._buffer) > MAX_BYTES:
            raise ValueError(f"a part of more than {MAX_BYTES} bytes")
        return tuple(bodies)

    def _next(self) -> bytes | None:
        """The next body, cut from the buffer; None until it is whole."""
        border = self._border.search(self._buffer)
        if border is None:
            self._buffer = self._buffer[-_LINE:]  # what stands before the first boundary is nothing
        head = _HEAD_END.search(self._buffer, border.end() - 2) if border else None
        if border is None or head is None:
            return None
        length = _LENGTH.search(self._buffer, border.end(), head.end())
        if length:
            end = head.end() + int(length[1])
            if int(length[1]) > MAX_BYTES:
                raise ValueError(f"a part of {int(length[1])} bytes is announced, at most {MAX_BYTES} are taken")
            return self._cut(head.end(), end) if len(self._buffer) >= end else None
        following = self._border.search(self._buffer, max(head.end(), self._searched))
        if following:
            return self._cut(head.end(), following.start())
        self._searched = len(self._buffer) - _LINE
        return None

    def _cut(self, start: int, end: int) -> bytes:
        body, self._buffer, self._searched = self._buffer[start:end], self._buffer[end:], 0
        return body
