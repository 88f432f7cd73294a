"""`luxi demo`: the whole way on one machine, shown while it happens, and judged at the end."""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from signal import SIGINT, SIGTERM, signal

from rich.console import Console
from rich.live import Live

from edge.runtime.words import say
from gateway.broker import find_program
from hil.count import spools
from hil.picture import Picture, look
from hil.verdict import Verdict, judge
from hil.view import render, told
from hil.virtual.site import StartError, VirtualSite, Wishes, standing

REFRESH_S = 1.0
CUT_AFTER = 0.4
"""The network is cut when this share of the time is over."""
DRAIN_S = 45.0
SMOKE_S = 30.0
"""After so many seconds the rendered scene must have raised its alarm."""
PLAIN_EVERY = 5


@dataclass(frozen=True, slots=True)
class Course:
    """What is to happen when: the whole time, and when the network is cut and mended, in seconds."""

    seconds: float | None
    cut_at: float | None = None
    mend_at: float | None = None
    smoke_due: bool = True


def course(seconds: float | None, cut: float | None, *, own_camera: bool) -> Course:
    """The course of a demonstration; without an end the network is cut after 15 s. A camera of one's own owes none
    smoke."""
    if cut is None:
        return Course(seconds, smoke_due=not own_camera)
    at = 15.0 if seconds is None else max(1.0, min(seconds * CUT_AFTER, seconds - cut - 5.0))
    return Course(seconds, at, at + cut, smoke_due=not own_camera)


def run(seconds: float | None, cut: float | None, camera: str | None, folder: Path | None, *, plain: bool) -> int:
    """Run the demonstration; 0 if everything arrived, 1 if not or if a part did not come up, 2 for wrong wishes."""
    console = Console(markup=False, highlight=False)
    if seconds is not None and cut is not None and seconds < cut + 10:
        console.print(say("--for 至少要比 --cut-network 长 10 秒", "--for must be 10 s longer than --cut-network"))
        return 2
    if find_program() is None:
        console.print(say("缺少 mosquitto，请安装：apt-get install mosquitto", "mosquitto is missing: install it"))
        return 1
    stop = threading.Event()
    for number in (SIGTERM, SIGINT):
        signal(number, lambda *_: stop.set())
    pictures = Path(camera) if camera and Path(camera).is_dir() else None
    wishes = Wishes(camera=None if pictures else camera, pictures=pictures)
    # A folder of our own stays, so that pictures and logs can be looked at.
    place = Path(tempfile.mkdtemp(prefix="luxi-demo-")) if folder is None else folder
    console.print(say(f"现场文件与日志：{place}", f"files and logs: {place}"), soft_wrap=True)
    try:
        with standing(place, wishes) as site:
            return _show(site, course(seconds, cut, own_camera=camera is not None), console, stop, plain=plain)
    except StartError as fault:
        console.print(str(fault))
        return 1


Show = Callable[[Picture], None]


def _show(site: VirtualSite, plan: Course, console: Console, stop: threading.Event, *, plain: bool) -> int:
    began = time.monotonic()
    with _screen(console, plain=plain) as show:
        while not stop.is_set() and (plan.seconds is None or time.monotonic() - began < plan.seconds):
            elapsed = time.monotonic() - began
            _steer(site, plan, elapsed)
            show(look(site, elapsed))
            stop.wait(REFRESH_S)
        site.relay.mend()
        smoke = plan.smoke_due and time.monotonic() - began >= SMOKE_S
        verdict = _drained(site, lambda: show(look(site, time.monotonic() - began)), smoke=smoke)
    console.print(verdict.text(), soft_wrap=True)
    return 0 if verdict.everything_arrived else 1


def _steer(site: VirtualSite, plan: Course, elapsed: float) -> None:
    if plan.cut_at is None or plan.mend_at is None:
        return
    if plan.cut_at <= elapsed < plan.mend_at and site.relay.whole:
        site.relay.cut()
    elif elapsed >= plan.mend_at:
        site.relay.mend()


def _drained(site: VirtualSite, show: Callable[[], None], *, smoke: bool) -> Verdict:
    """Wait until what was measured so far is at the county, or time is over; then judge."""
    marks = {spool.stream: spool.last for spool in spools(site)}
    until = time.monotonic() + DRAIN_S
    verdict = judge(site, marks, smoke=smoke)
    while not verdict.everything_arrived and time.monotonic() < until:
        show()
        time.sleep(REFRESH_S)
        verdict = judge(site, marks, smoke=smoke)
    return verdict


@contextmanager
def _screen(console: Console, *, plain: bool) -> Iterator[Show]:
    """Where pictures are shown: a live view, or every fifth as a line."""
    if plain:
        seen = count()
        yield lambda picture: console.print(told(picture), soft_wrap=True) if next(seen) % PLAIN_EVERY == 0 else None
        return
    with Live(console=console, auto_refresh=False, screen=False) as live:
        yield lambda picture: live.update(render(picture), refresh=True)
