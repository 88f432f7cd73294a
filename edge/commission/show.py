"""What `luxi read` does with what it finds: once or again and again, for people or for scripts."""

import sys
import threading

from rich.console import Console
from rich.live import Live

from edge.commission.read import Bench, as_json, as_table
from edge.ports import Place
from edge.reach import master
from edge.runtime.clock import SystemClock
from sensors.modbus.port import Framing
from sensors.profile import Profile


def run(profile: Profile, place: Place, framing: Framing, address: int | None, *, once: bool, as_script: bool) -> int:
    """Look at one instrument until Ctrl-C, or once; 0 if it gave a value at the last look, 1 if not."""
    clock = SystemClock()
    bench = Bench(profile, master(place, framing, clock), clock, address)
    try:
        return _once(bench, profile, as_script=as_script) if once else _again(bench, profile, as_script=as_script)
    finally:
        bench.close()


def _once(bench: Bench, profile: Profile, *, as_script: bool) -> int:
    look = bench.look()
    if as_script:
        print(as_json(look))
    else:
        Console(markup=False, highlight=False).print(as_table(look, profile))
    return 0 if look.answered else 1


def _again(bench: Bench, profile: Profile, *, as_script: bool) -> int:
    pause, answered = threading.Event(), False
    period = max(1.0, profile.timing.poll_min_s)
    try:
        with Live(console=Console(markup=False, highlight=False), auto_refresh=False) as live:
            while True:
                look = bench.look()
                answered = look.answered
                if as_script:
                    print(as_json(look), file=sys.stdout, flush=True)
                else:
                    live.update(as_table(look, profile), refresh=True)
                pause.wait(period)
    except KeyboardInterrupt:
        return 0 if answered else 1
