"""One read on the wire: which of the four Modbus tables, from which register, how many."""

from dataclasses import dataclass
from enum import StrEnum


class Table(StrEnum):
    """The four tables of the Modbus data model (Modbus Application Protocol V1.1b3, clause 4.3)."""

    COIL = "coil"
    DISCRETE = "discrete"
    HOLDING = "holding"
    INPUT = "input"

    @property
    def read_function(self) -> int:
        """The function code that reads this table (V1.1b3, clauses 6.1 to 6.4)."""
        return {Table.COIL: 1, Table.DISCRETE: 2, Table.HOLDING: 3, Table.INPUT: 4}[self]

    @property
    def of_bits(self) -> bool:
        """True where one address holds one bit and not a 16-bit register."""
        return self in {Table.COIL, Table.DISCRETE}


@dataclass(frozen=True, slots=True, order=True)
class Block:
    """`count` addresses of one table from protocol address `start` (0-based, as on the wire)."""

    table: Table
    start: int
    count: int

    @property
    def end(self) -> int:
        """The first address behind the block."""
        return self.start + self.count
