"""`luxi calibrate`: what it is put together from, and how it ends."""

import sys
from argparse import Namespace

import msgspec

from edge.commission.address import stranger
from edge.commission.context import Context, context
from edge.commission.dialogue import LeftError, Terminal
from edge.commission.record import Entry, Records, person
from edge.commission.sitting import Table, calibrate, chosen, marked, undo
from edge.commission.wording import unkept
from edge.reach import framing, master
from edge.runtime.clock import SystemClock
from edge.runtime.program import print_faults
from edge.runtime.words import say
from edge.upkeep import Book, DamagedError
from sensors.profile import Profile
from sensors.service import Calibration
from sensors.workshop import Recognised, Workshop

RECORD = "calibrations.jsonl"


def run_calibrate(args: Namespace, profile: Profile) -> int:
    """`luxi calibrate`; 0 if it was done (or undone), 1 if not, 2 for a wrong site file or nowhere to record."""
    found = context(args.config, args.instrument, args.port, args.address or profile.transport.address)
    if isinstance(found, tuple):
        return print_faults(found)
    if found.site is None and args.record is None:
        zh = "请用 --config 给出站点文件，或用 --record 给出记录文件"
        print(say(zh, "name the site (--config), or where to record (--record)"), file=sys.stderr)
        return 2
    terminal = Terminal(sys.stderr if args.json else sys.stdout)
    try:
        entry = _calibrated(args, profile, found, terminal)
    except (LeftError, KeyboardInterrupt):
        entry = say("已退出，仪表未改动", "left: the instrument is as it was")
    except (OSError, DamagedError) as fault:
        why = unkept(fault)
        entry = say(f"无法记录，仪表未改动：{why}", f"can't be recorded, so nothing was changed: {why}")
    if isinstance(entry, str):
        terminal.tell(entry)
        return 1
    if args.json:
        print(msgspec.json.encode(entry).decode())
    else:
        terminal.tell(entry.state)
    return 0 if entry.outcome in {"done", "undone"} else 1


def _calibrated(args: Namespace, profile: Profile, found: Context, terminal: Terminal) -> Entry | str:
    """The record of what was done, or why nothing was."""
    work = chosen(profile, args.channel or "", args.method or "", terminal)
    if isinstance(work, str):
        return work
    clock = SystemClock()
    line = master(args.port, framing(profile, args.baudrate, args.parity), clock)
    hands = Workshop(profile, line, clock, args.address)
    try:
        records = Records(args.record or found.state / RECORD)
        records.ready()
        if refusal := stranger(hands):
            return refusal
        identity = hands.identify()
        table = Table(
            profile=profile,
            place=args.port,
            address=hands.address,
            master=line,
            clock=clock,
            dialogue=terminal,
            records=records,
            who=args.by or person(),
            book=Book(found.state) if found.instrument else None,
            instrument=found.instrument,
            hold_s=args.steady,
            identity=identity.marks if isinstance(identity, Recognised) else {},
        )
        return _led(table, work, args.channel or work.channels[0], go_back=args.undo)
    finally:
        line.close()


def _led(table: Table, work: Calibration, name: str, *, go_back: bool) -> Entry | str:
    profile, marks = table.profile, ", ".join(str(mark) for mark in table.identity.values())
    unit = f"{profile.maker} {profile.model} @{table.address}" + (f" ({marks})" if marks else "")
    site = say(f"，站点仪表 {table.instrument}", f", {table.instrument} of the site") if table.instrument else ""
    what, path = say(work.quantity.zh, work.quantity.en), table.records.path
    table.dialogue.tell(say(f"{unit}{site}：{what}，记录于 {path}", f"{unit}{site}: {what}, recorded in {path}"))
    channel = profile.channel(name)
    assert channel is not None  # profiles are checked: a calibration names channels that there are
    with marked(table):
        return undo(table, work, channel) if go_back else calibrate(table, work, channel)
