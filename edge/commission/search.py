"""How `luxi scan` shows its search: progress while it goes on, and what it found."""

import json
from collections.abc import Sequence

from rich.console import Console
from rich.progress import Progress

from edge.commission.scan import Found, PortTroubleError, Scanner, Step, framings
from edge.runtime.clock import SystemClock
from edge.runtime.words import say
from sensors.catalogue import Catalogue
from sensors.modbus.port import Framing
from sensors.modbus.tty import Tty
from sensors.profile import Profile


def run(port: str, addresses: Sequence[int], baudrates: Sequence[int], *, as_script: bool) -> int:
    """Search a port; 0 if somebody was found, 1 if nobody was or the port can't be used."""
    profiles = known()
    rates = [one for one in framings(profiles) if not baudrates or one.baudrate in baudrates]
    rates = rates or [Framing(baudrate) for baudrate in baudrates]
    scanner = Scanner(lambda framing: Tty(port, framing), SystemClock(), profiles)
    console = Console(stderr=True, markup=False, highlight=False)
    found: list[Found] = []
    try:
        with Progress(console=console, transient=True, disable=as_script) as progress:
            task = progress.add_task(say("搜索中", "searching"), total=1.0)
            for event in scanner.scan(rates, addresses):
                if isinstance(event, Step):
                    rate = f"{event.framing.baudrate} {event.framing.parity} @{event.address}"
                    progress.update(task, completed=event.share, description=rate)
                else:
                    found.append(event)
                    if not as_script:
                        progress.console.print(told(event), markup=False, highlight=False)
    except PortTroubleError as fault:
        console.print(str(fault))
        return 1
    if as_script:
        print(json.dumps([plain(one) for one in found], ensure_ascii=False))
    elif not found:
        console.print(
            say(
                "没有找到仪表：请检查供电、A/B 线和地址范围（--addresses）",
                "nobody answered: check power, the wires A and B, and the addresses (--addresses)",
            )
        )
    return 0 if found else 1


def known() -> list[Profile]:
    """Every model in the library."""
    catalogue = Catalogue()
    found = (catalogue.find(name) for name in catalogue.names())
    return [profile for profile in found if isinstance(profile, Profile)]


def told(found: Found) -> str:
    """One find as a line."""
    rate = f"{found.framing.baudrate} 8{found.framing.parity}{found.framing.stop_bits}"
    if not found.candidates:
        return say(f"{rate} 地址 {found.address}：未知型号", f"{rate} address {found.address}: an unknown model")
    sure = found.candidates[0].certain
    names = ", ".join(
        candidate.profile + (f" {dict(candidate.marks)}" if candidate.marks else "") for candidate in found.candidates
    )
    words = say("可能是", "may be")
    if sure:
        words = say("是", "is") if len(found.candidates) == 1 else say("是以下之一：", "is one of")
    return say(f"{rate} 地址 {found.address}：{words} {names}", f"{rate} address {found.address}: {words} {names}")


def plain(found: Found) -> dict[str, object]:
    """One find for scripts."""
    candidates = [
        {"profile": one.profile, "certain": one.certain, "identity": dict(one.marks)} for one in found.candidates
    ]
    framing = found.framing
    return {
        "address": found.address,
        "baudrate": framing.baudrate,
        "parity": framing.parity,
        "stop_bits": framing.stop_bits,
        "candidates": candidates,
    }
