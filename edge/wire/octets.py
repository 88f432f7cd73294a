"""Whole numbers as octets of seven bits, low ones first, and a reader that never reads past the end. Pure."""

from collections.abc import Iterable


def unsigned(number: int) -> bytes:
    """A number from 0 upwards; the top bit of an octet says that another follows."""
    made = bytearray()
    while number > 0x7F:
        made.append(number & 0x7F | 0x80)
        number >>= 7
    made.append(number)
    return bytes(made)


def signed(number: int) -> bytes:
    """Any number: 0, -1, 1, -2, … are written as 0, 1, 2, 3, …"""
    return unsigned(number << 1 if number >= 0 else (-number << 1) - 1)


def text(words: str) -> bytes:
    """A text in UTF-8 behind its length."""
    data = words.encode()
    return unsigned(len(data)) + data


def many(numbers: Iterable[int]) -> bytes:
    """Numbers from 0 upwards, one behind the other."""
    return b"".join(map(unsigned, numbers))


class Reader:
    """Reads what the functions above wrote; ValueError at the end of the data or for a number that is too long."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def unsigned(self) -> int:
        """The next number from 0 upwards, below 2^70."""
        number = shift = 0
        while True:
            (octet,) = self.take(1)
            number |= (octet & 0x7F) << shift
            if octet < 0x80:
                return number
            shift += 7
            if shift > 63:
                raise ValueError("a number of more than ten octets")

    def signed(self) -> int:
        """The next number of either sign."""
        number = self.unsigned()
        return number >> 1 if number & 1 == 0 else -(number + 1 >> 1)

    def text(self) -> str:
        """The next text; UnicodeDecodeError, which is a ValueError, where it isn't one."""
        return self.take(self.unsigned()).decode()

    def take(self, count: int) -> bytes:
        """The next octets as they are."""
        end = self._at + count
        if end > len(self._data):
            raise ValueError(f"{len(self._data)} octets, expected at least {end}")
        taken = self._data[self._at : end]
        self._at = end
        return taken

    def rest(self) -> bytes:
        """All that is left."""
        return self.take(len(self._data) - self._at)

    def finish(self) -> None:
        """ValueError where something is left over."""
        if self._at != len(self._data):
            raise ValueError(f"{len(self._data) - self._at} octets too many")
