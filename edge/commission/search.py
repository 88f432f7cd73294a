"""How `luxi scan` shows its search: progress while it goes on, and what it found."""

import json
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.progress import Progress

from edge.commission.scan import Found, Garbled, PortTroubleError, Scanner, Step, framings
from edge.commission.wording import told as in_words
from edge.ports import Place, Way
from edge.reach import master
from edge.runtime.clock import SystemClock
from edge.runtime.words import say
from sensors.catalogue import Catalogue
from sensors.modbus.port import Framing
from sensors.profile import Profile


def run(place: Place, addresses: Sequence[int], baudrates: Sequence[int], *, as_script: bool) -> int:
    """Search a port; 0 if somebody was found, 1 if nobody was or the port can't be used."""
    profiles, clock = known(), SystemClock()
    scanner = Scanner(lambda framing: master(place, framing, clock), clock, likely(place, profiles))
    console = Console(stderr=True, markup=False, highlight=False)
    events = scanner.scan(searched(place, profiles, baudrates), addresses)
    try:
        found, garbled = _followed(events, place, console, quiet=as_script)
    except PortTroubleError as fault:
        console.print(in_words(str(fault)))
        return 1
    if as_script:
        print(json.dumps([plain(one) for one in found], ensure_ascii=False))
    for doubt in garbled:
        console.print(doubted(doubt, place))
    if not found and not garbled:
        words = (
            "没有找到仪表：请检查供电、A/B 线和地址范围（--addresses）",
            "nobody answered: check power, A and B, --addresses",
        )
        console.print(say(*words))
    if place.way is Way.TCP and len(found) == len(addresses) > 1:
        zh = "每个单元号都有应答：多半是同一台设备，不看单元号，站点文件写其中一个即可"
        en = "every unit answered: most likely one device that ignores the unit; use any of them in the site file"
        console.print(say(zh, en))
    return 0 if found else 1


def _followed(
    events: Iterable[Step | Found | Garbled], place: Place, console: Console, *, quiet: bool
) -> tuple[list[Found], list[Garbled]]:
    """What a search found, told as it goes on; an address that is only garbled at some rate is no doubt at another."""
    found: list[Found] = []
    garbled: dict[int, Garbled] = {}
    with Progress(console=console, transient=True, disable=quiet) as progress:
        task = progress.add_task(say("搜索中", "searching"), total=1.0)
        for event in events:
            if isinstance(event, Step):
                rate = f"{how(place, event.framing)} @{event.address}"
                progress.update(task, completed=event.share, description=rate)
            elif isinstance(event, Garbled):
                garbled.setdefault(event.address, event)
            else:
                found.append(event)
                if not quiet:
                    progress.console.print(told(event, place), markup=False, highlight=False)
    sound = {one.address for one in found}
    return found, [one for address, one in garbled.items() if address not in sound]


def searched(place: Place, profiles: Sequence[Profile], baudrates: Sequence[int]) -> list[Framing]:
    """How characters may stand there. Over a network that is set at the far end: there is one way only to try."""
    if place.way is not Way.SERIAL:
        return [Framing(baudrates[0] if baudrates else 9600)]
    rates = [one for one in framings(profiles) if not baudrates or one.baudrate in baudrates]
    return rates or [Framing(baudrate) for baudrate in baudrates]


def likely(place: Place, profiles: Sequence[Profile]) -> list[Profile]:
    """The models that may stand there: behind a Modbus TCP gateway any, on a serial line those that speak RTU."""
    return [profile for profile in profiles if place.way is Way.TCP or "rtu" in profile.transport.over]


def how(place: Place, framing: Framing) -> str:
    """How an instrument was reached, as a technician writes it: 9600 8N1, or the way over the network."""
    if place.way is not Way.SERIAL:
        return place.text
    return f"{framing.baudrate} 8{framing.parity}{framing.stop_bits}"


def known() -> list[Profile]:
    """Every model in the library."""
    catalogue = Catalogue()
    found = (catalogue.find(name) for name in catalogue.names())
    return [profile for profile in found if isinstance(profile, Profile)]


def told(found: Found, place: Place) -> str:
    """One find as a line."""
    rate = how(place, found.framing)
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


def doubted(garbled: Garbled, place: Place) -> str:
    """What may be the matter where nothing sound came, and what to do."""
    where, address = how(place, garbled.framing), garbled.address
    return say(
        f"{where} 地址 {address}：应答损坏。可能有两台同地址（单独接一台，用 luxi set-address 改掉），"
        "也可能是波特率、接线或终端电阻",
        f"{where} address {address}: damaged answers. There may be two at this address (wire one alone and move it "
        "with luxi set-address), or it is the baud rate, wiring or termination",
    )


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
