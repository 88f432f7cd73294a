"""`luxi set-address` and `luxi set-baud`: what they are put together from, and how they end."""

import json
import sys
from argparse import Namespace
from collections.abc import Callable

from edge.commission.address import Change, set_address
from edge.commission.baud import set_baud
from edge.commission.dialogue import LeftError, Terminal
from edge.ports import Place, Way
from edge.reach import framing, master
from edge.runtime.clock import SystemClock
from edge.runtime.words import say
from sensors.profile import Profile
from sensors.workshop import Workshop


def run_set_address(args: Namespace, profile: Profile) -> int:
    """`luxi set-address`; 0 once the instrument answers at its new address."""

    def work(terminal: Terminal) -> Change:
        clock = SystemClock()
        line = master(args.port, framing(profile, args.baudrate, args.parity), clock)
        try:
            return set_address(Workshop(profile, line, clock, args.address), args.to, terminal, clock)
        finally:
            line.close()

    return _changed(work, as_script=args.json)


def run_set_baud(args: Namespace, profile: Profile) -> int:
    """`luxi set-baud`; 0 once the instrument answers at its new rate."""

    def work(terminal: Terminal) -> Change:
        place: Place = args.port
        if place.way is not Way.SERIAL:
            return Change(done=False, state=say(*_FAR_RATE))
        clock, now = SystemClock(), framing(profile, args.baudrate, args.parity)
        address = profile.transport.address if args.address is None else args.address
        return set_baud(profile, address, lambda how: master(place, how, clock), now, args.to, terminal, clock)

    return _changed(work, as_script=args.json)


_FAR_RATE = (
    "网络另一端的串口由串口服务器决定波特率：请把仪表接到本机串口再改",
    "over a network the serial server sets the rate: wire the instrument to a port here to change it",
)


def _changed(work: Callable[[Terminal], Change], *, as_script: bool) -> int:
    terminal = Terminal(sys.stderr if as_script else sys.stdout)
    try:
        change = work(terminal)
    except (LeftError, KeyboardInterrupt):
        words = "已退出；若已写入，请用 luxi scan 核对", "left; if it was written already, check with luxi scan"
        change = Change(done=False, state=say(*words))
    if as_script:
        print(json.dumps({"done": change.done, "state": change.state}, ensure_ascii=False))
    else:
        terminal.tell(change.state)
    return 0 if change.done else 1
