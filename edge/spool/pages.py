"""Reading the rows of a SQLite file that SQLite itself can't read any more, page by page. Pure.

After the file format's own description (sqlite.org/fileformat2.html: 1.3 the header, 1.5 freelist, 1.6 b-tree pages,
2.1 records, 4 the write-ahead log). What doesn't fit is passed over, never guessed.
"""

import struct
from collections.abc import Callable, Iterator
from itertools import pairwise

MAGIC = b"SQLite format 3\x00"
TABLE_LEAF = 0x0D
Value = int | float | str | bytes | None
Read = Callable[[int], bytes]
"""Gives a page by its number, counted from 1; empty where there is none."""
_INTEGERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
_LEAST_CELL = 4


def page_size(header: bytes, otherwise: int) -> int:
    """The page size that a file's first bytes tell; `otherwise` where they are no header."""
    if header[:16] != MAGIC or len(header) < 18:
        return otherwise
    told = int.from_bytes(header[16:18], "big")
    size = 65536 if told == 1 else told
    return size if 512 <= size <= 65536 and size & (size - 1) == 0 else otherwise


def free_pages(read: Read, most: int) -> set[int]:
    """Pages that hold nothing any more, as the freelist tells (1.5); empty where there is no header."""
    header = read(1)
    if header[:16] != MAGIC:
        return set()
    found: set[int] = set()
    trunk = int.from_bytes(header[32:36], "big")
    while 1 < trunk <= most and trunk not in found:
        page = read(trunk)
        count = min(int.from_bytes(page[4:8], "big"), len(page) // 4 - 2)
        found |= {trunk, *struct.unpack(f">{count}I", page[8 : 8 + 4 * count])} if count > 0 else {trunk}
        trunk = int.from_bytes(page[:4], "big")
    return found


def rows(read: Read, number: int) -> Iterator[tuple[int, tuple[Value, ...]]]:
    """The rows of one page, each with its rowid, if the page is a table's leaf; only rows that are whole."""
    page = read(number)
    at = 100 if number == 1 else 0
    if len(page) < at + 8 or page[at] != TABLE_LEAF:
        return
    count = int.from_bytes(page[at + 3 : at + 5], "big")
    if at + 8 + 2 * count > len(page):
        return
    for start in struct.unpack(f">{count}H", page[at + 8 : at + 8 + 2 * count]):
        try:
            rowid, payload = _cell(page, start, read)
            yield rowid, _record(payload)
        except (IndexError, ValueError, struct.error):
            continue


def _cell(page: bytes, start: int, read: Read) -> tuple[int, bytes]:
    """Rowid and payload of one cell of a table's leaf (1.6); ValueError where it isn't whole."""
    size, at = _varint(page, start)
    rowid, at = _varint(page, at)
    local = _local(size, len(page))
    if size < _LEAST_CELL or at + local > len(page):
        raise ValueError("not a cell")
    parts, left = [page[at : at + local]], size - local
    following = int.from_bytes(page[at + local : at + local + 4], "big") if left else 0
    while left > 0:
        more = read(following) if following > 1 else b""
        if len(more) < 8:
            raise ValueError("an overflow page is missing")
        parts.append(more[4 : 4 + left])
        left -= len(parts[-1])
        following = int.from_bytes(more[:4], "big")
    return _signed(rowid), b"".join(parts)


def _local(size: int, usable: int) -> int:
    """How much of a payload stands in the leaf itself (1.6, "cell payload overflow")."""
    most, least = usable - 35, (usable - 12) * 32 // 255 - 23
    if size <= most:
        return size
    rest = least + (size - least) % (usable - 4)
    return rest if rest <= most else least


def _record(payload: bytes) -> tuple[Value, ...]:
    """The columns of a record (2.1); ValueError where it doesn't come out even."""
    end, at = _varint(payload, 0)
    kinds = []
    while at < end:
        kind, at = _varint(payload, at)
        kinds.append(kind)
    values: list[Value] = []
    for kind in kinds:
        value, at = _column(payload, at, kind)
        values.append(value)
    if at != len(payload):
        raise ValueError(f"a record of {at} bytes in {len(payload)}")
    return tuple(values)


def _column(payload: bytes, at: int, kind: int) -> tuple[Value, int]:
    if kind in {0, 8, 9}:
        return (None, 0, 1)[(0, 8, 9).index(kind)], at
    if kind in _INTEGERS:
        end = at + _INTEGERS[kind]
        return int.from_bytes(payload[at:end], "big", signed=True), end
    if kind == 7:
        return float(struct.unpack(">d", payload[at : at + 8])[0]), at + 8
    if kind < 12:
        raise ValueError(f"serial type {kind}")
    end = at + (kind - 12) // 2
    return (payload[at:end].decode() if kind % 2 else payload[at:end]), end


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of up to 64 bits and where it ends; IndexError where the data does first."""
    value = 0
    for place in range(8):
        byte = data[at + place]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + place + 1
    return value << 8 | data[at + 8], at + 9


def _signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value


def log_frames(log: bytes) -> dict[int, int]:
    """Where in a write-ahead log the newest committed content of each page begins (4.1, 4.2); by page number."""
    if len(log) < 32 or int.from_bytes(log[:4], "big") & ~1 != 0x377F0682:
        return {}
    order = ">" if log[3] & 1 else "<"
    size = int.from_bytes(log[8:12], "big")
    sums = _sums(log[:24], (0, 0), order)
    if sums != struct.unpack(">II", log[24:32]):
        return {}
    committed: dict[int, int] = {}
    pending: dict[int, int] = {}
    bounds = range(32, len(log) + 1, 24 + size) if size else range(0)
    for start, end in pairwise(bounds):
        page, commit, *salts_and_sums = struct.unpack(">6I", log[start : start + 24])
        sums = _sums(log[start : start + 8] + log[start + 24 : end], sums, order)
        if (*struct.unpack(">II", log[16:24]), *sums) != tuple(salts_and_sums):
            break
        pending[page] = start + 24
        if commit:
            committed |= pending
            pending = {}
    return committed


def _sums(data: bytes, sums: tuple[int, int], order: str) -> tuple[int, int]:
    """The log's running checksum (4.2)."""
    first, second = sums
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for even, odd in zip(words[::2], words[1::2], strict=True):
        first = (first + even + second) & 0xFFFFFFFF
        second = (second + odd + first) & 0xFFFFFFFF
    return first, second
