"""A master that passes everything on to another: what stands between a tool and the line begins here."""

from collections.abc import Sequence

from sensors.block import Block
from sensors.modbus.asks import Answer, Asks
from sensors.modbus.line import Patience, Tally, Trouble


class Through:
    """Asks through `master`, whichever way that reaches its bus."""

    def __init__(self, master: Asks) -> None:
        self._master = master

    def read(self, address: int, block: Block, patience: Patience) -> Answer | Trouble:
        """As the master does."""
        return self._master.read(address, block, patience)

    def write(
        self, address: int, block: Block, contents: Sequence[int], patience: Patience, *, single: bool = False
    ) -> Trouble | None:
        """As the master does."""
        return self._master.write(address, block, contents, patience, single=single)

    def command(self, address: int, body: bytes, reply: int, patience: Patience) -> bytes | Trouble:
        """As the master does."""
        return self._master.command(address, body, reply, patience)

    def tally(self, address: int) -> Tally:
        """The master's account of the instrument at `address`."""
        return self._master.tally(address)

    def close(self) -> None:
        """Give the bus free."""
        self._master.close()
