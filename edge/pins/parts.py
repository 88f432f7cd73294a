"""The pins' service, put together. Only sites with pins load this: it brings the GPIO library, 2 to 3 MB of memory."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from edge.pins.books import Books
from edge.pins.ledger import Ledger
from edge.pins.service import Keep, PinsService
from edge.pins.table import Pin
from edge.pins.wires import Wires
from edge.spool.store import Spool
from sensors.clock import Clock
from sensors.pins.header import Factory, Header, on_board
from sensors.quality.judge import Judge
from sensors.quality.upkeep import Upkeep


def pins_service(
    pins: Sequence[Pin],
    ledger: Path,
    scratch: Path,
    board: Callable[[], Factory] | None,
    keep: Keep,
    spool: Spool,
    clock: Clock,
    upkeep: Callable[[], Sequence[Upkeep]],
) -> PinsService:
    """All pins of a site; `board` opens them where they aren't the board's own, which uses the folder `scratch`."""
    header = Header(board or partial(on_board, scratch), clock)
    books = Books(Ledger(ledger))
    return PinsService(pins, Wires(pins, header), books, Judge({}), keep, spool, clock, upkeep)
