"""Deflating what goes on the air, where that helps, and inflating what comes, bounded. Pure."""

import zlib

PLAIN, DEFLATED = b"\x00", b"\x01"
MAX_BODY = 16 * 1024 * 1024
_RAW = -15
"""Deflate without zlib's head and check sum (RFC 1951): TLS and SQLite already check what they carry."""


class MalformedError(ValueError):
    """Bytes that are not a message of this contract; says what was found."""


def deflated(plain: bytes, effort: int = 9) -> bytes:
    """One byte of form, then the data, deflated if that is smaller; `effort` from 1 (quick) to 9 (small)."""
    squeezer = zlib.compressobj(effort, zlib.DEFLATED, _RAW)
    small = squeezer.compress(plain) + squeezer.flush()
    return DEFLATED + small if len(small) < len(plain) else PLAIN + plain


def inflated(data: bytes) -> bytes:
    """What was deflated; MalformedError where it wasn't, or is larger than any message."""
    form, rest = data[:1], data[1:]
    if form == PLAIN:
        return rest
    if form != DEFLATED:
        raise MalformedError(f"body begins with {form!r}; expected {PLAIN!r} or {DEFLATED!r}")
    inflater = zlib.decompressobj(_RAW)
    try:
        plain = inflater.decompress(rest, MAX_BODY)
    except zlib.error as fault:
        raise MalformedError(f"body can't be inflated: {fault}") from fault
    if not inflater.eof:
        raise MalformedError(f"body is cut off or inflates to more than {MAX_BODY} bytes")
    return plain
