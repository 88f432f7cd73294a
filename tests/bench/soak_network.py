"""A bad network between device and broker: loss of 30 %, a delay of 2 s, flapping each second, half-open connections.

Goal: nothing lost, nothing doubled, every answer of the instruments kept, and no storm of connections: at most as many
as the back-off allows. The kernel loses real packets where we may have a network namespace and nftables is there;
otherwise the relay holds segments back as TCP's repeats would.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from edge.runtime.backoff import Backoff
from hil.audit import audit
from hil.virtual.site import VirtualSite, Wishes, standing
from hil.virtual.weather import FAIR, Weather
from tests.bench import loss_kit
from tests.bench.outcome import Outcome
from tests.bench.settle_kit import answers, ended, settled

LOSS, DELAY_S, FLAP_S = 0.3, 2.0, 1.0
CALM_S = 3.0


def run(arguments: list[str]) -> Outcome:
    """One fault after the other on one site; then the books closed."""
    wanted = _parsed(arguments)
    figures: dict[str, float | int | str] = {"loss_by": "kernel" if wanted.kernel else "relay"}
    wishes = Wishes(watch=False, noting=True)
    stormy = 0
    with tempfile.TemporaryDirectory(prefix="luxi-network-") as folder, standing(Path(folder), wishes) as site:
        settled(site)
        for name, fault, seconds, allowed in _course(site, wanted):
            taken = _suffered(site, fault, seconds)
            figures |= {f"{name}_connections": taken, f"{name}_allowed": allowed, f"{name}_settled_s": settled(site)}
            stormy += taken > allowed
            print(f"{name}: {seconds:.0f} s, connections {taken} of {allowed} allowed", flush=True)
        ended(site)
        books, said = audit(site), answers(site, [])
    figures |= {
        "messages": books.given,
        "readings": books.readings,
        "waiting": books.waiting,
        "lost": len(books.nowhere),
        "uneven": len(books.uneven),
        "doubled": books.doubled,
        "repeated": books.repeated,
        "answers": said.answers,
        "answers_lost": len(said.lost) + said.cut_off,
    }
    return Outcome(figures, held=books.sound and not stormy and not figures["answers_lost"])


def _parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev soak network", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long loss, delay and half-open last")
    parser.add_argument("--flapping", type=float, default=300.0, help="how long the network comes and goes")
    parser.add_argument("--relay", dest="kernel", action="store_false", help="no packets lost by the kernel")
    wanted = parser.parse_args(arguments)
    wanted.kernel = wanted.kernel and loss_kit.entered()
    return wanted


Fault = Callable[[float], None]
"""Makes trouble for so many seconds."""


def _course(site: VirtualSite, wanted: argparse.Namespace) -> Iterator[tuple[str, Fault, float, int]]:
    """Name, fault, how long, and how many connections are allowed meanwhile."""
    long, short = wanted.flapping, wanted.seconds
    yield "loss", _kernel_loss(site) if wanted.kernel else _weather(site, Weather(loss=LOSS)), short, tries(short) + 1
    yield "delay", _weather(site, Weather(delay_s=DELAY_S)), short, tries(short) + 1
    yield "half_open", _weather(site, Weather(swallow=True)), short, tries(short) + 1
    cycles = int(long / (2 * FLAP_S)) + 1
    yield "flapping", _flapping(site), long, cycles * (1 + tries(FLAP_S)) + 1


def tries(seconds: float) -> int:
    """How often one device may try to connect in so long, with all luck on the side of haste, and never succeed."""
    count, waited, backoff = 0, 0.0, Backoff()
    while (waited := waited + backoff.wait(count + 1, 1.0)) <= seconds:
        count += 1
    return count


def _suffered(site: VirtualSite, fault: Fault, seconds: float) -> int:
    """Let a fault last, and a moment of calm follow; how many connections were tried in all."""
    before = site.relay.connections
    fault(seconds)
    time.sleep(CALM_S)
    return site.relay.connections - before


def _weather(site: VirtualSite, weather: Weather) -> Fault:
    def fault(seconds: float) -> None:
        site.relay.weather = weather
        time.sleep(seconds)
        site.relay.weather = FAIR

    return fault


def _kernel_loss(site: VirtualSite) -> Fault:
    def fault(seconds: float) -> None:
        with loss_kit.losing(site.relay.port, round(LOSS * 100)):
            time.sleep(seconds)

    return fault


def _flapping(site: VirtualSite) -> Fault:
    def fault(seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for weather in (Weather(shut=True), FAIR):
                site.relay.weather = weather
                time.sleep(FLAP_S)

    return fault
