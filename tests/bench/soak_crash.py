"""The whole chain under `kill -9`: instruments, device, real mosquitto, gateway, county; any of ours at any moment.

Goal: every message number that a spool ever gave is at the county or still waits, archive and county hold the same
readings and none twice, and what the instruments answered is missing only where `sense` was killed with it in hand.
Half of the kills go to a gateway that runs its broker as a child, half to one whose broker stands apart.
"""

import argparse
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from random import Random

from hil.answered import Unkept, unkept
from hil.audit import Audit, archived_readings, audit
from hil.count import account
from hil.virtual.answers import noted
from hil.virtual.site import VirtualSite, Wishes, standing
from tests.bench.crash_kit import Killing
from tests.bench.outcome import Outcome

COUNTY_EVERY = 40
"""After so many kills the county is stopped in order and started again: its own broker promises no more."""
SETTLE_S = 180.0
IN_HAND = 24
"""So many answers of one bus may be in hand when `sense` is killed: one round of all its instruments and the last."""


def run(arguments: list[str]) -> Outcome:
    """Kill, let everything come back and drain, and close the books."""
    wanted = _parsed(arguments)
    random, began = Random(wanted.seed), time.monotonic()
    figures: dict[str, float | int | str] = {"seed": wanted.seed}
    for apart in (True, False):
        wishes = Wishes(watch=wanted.watch, apart=apart, noting=True)
        with tempfile.TemporaryDirectory(prefix="luxi-crash-") as folder, standing(Path(folder), wishes) as site:
            killing, starts = _killed(site, random, wanted.kills // 2, wanted.seconds / 2)
            settled = _settled(site)
            _ended(site)
            _add(figures, _figures(killing, audit(site), _answers(site, starts), settled_s=settled))
    figures["seconds"] = time.monotonic() - began
    return Outcome(figures, held=_held(figures))


def _parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev soak crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--for", dest="seconds", type=float, default=900.0, help="no more kills after so many seconds")
    parser.add_argument("--no-watch", dest="watch", action="store_false", help="without camera and detector")
    return parser.parse_args(arguments)


def _killed(site: VirtualSite, random: Random, kills: int, seconds: float) -> tuple[Killing, list[int]]:
    """Kill so many; the killing, and when `sense` was started (milliseconds since boot)."""
    killing, until = Killing(site, random), time.monotonic() + seconds
    while killing.total < kills and time.monotonic() < until:
        killing.run(min(kills, killing.total + COUNTY_EVERY), until)
        print(f"{time.monotonic() - until + seconds:5.0f} s  kills {killing.kills}", flush=True)
        if killing.total < kills:
            site.programs["county"].stop()
            site.programs["county"].start()
    return killing, killing.victims["sense"].started_ms


def _settled(site: VirtualSite) -> float:
    """Wait until all that was written until now is at the county; the seconds that it took, or all there were."""
    marks, began = account(site).marks(), time.monotonic()
    while account(site).lost(marks) and time.monotonic() - began < SETTLE_S:
        time.sleep(0.5)
    return time.monotonic() - began


def _ended(site: VirtualSite) -> None:
    """Nothing more is answered or seen; what the device still holds is carried to the county, and all stand still."""
    devices = [site.programs[name] for name in ("sense", "watch") if name in site.programs]
    for program in (site.programs["bench"], *devices):
        program.stop()
    for program in devices:
        program.start()
    _settled(site)
    for program in devices:
        program.stop()
    end = time.monotonic() + SETTLE_S
    while (found := account(site)).archived - found.county and time.monotonic() < end:
        time.sleep(0.5)


def _answers(site: VirtualSite, starts: list[int]) -> Unkept:
    stamps: dict[str, list[int]] = {}
    for readings in archived_readings(site).values():
        for instrument, _, mono_ms, _ in readings:
            stamps.setdefault(instrument, []).append(mono_ms)
    return unkept(noted(site.answers), stamps, starts)


def _figures(killing: Killing, books: Audit, answers: Unkept, settled_s: float) -> dict[str, float | int]:
    return {
        "kills": killing.total,
        **{f"kills_{name}": count for name, count in killing.kills.items()},
        "fell": killing.fell,
        "messages": books.given,
        "waiting": books.waiting,
        "dropped": books.dropped,
        "aside": books.aside,
        "lost": len(books.nowhere),
        "readings": books.readings,
        "uneven": len(books.uneven),
        "doubled": books.doubled,
        "repeated": books.repeated,
        "dead_letters": books.dead,
        "answers": answers.answers,
        "answers_in_hand": answers.cut_off,
        "longest_in_hand": answers.longest,
        "answers_lost": len(answers.lost),
        "settled_s": settled_s,
    }


def _add(figures: dict[str, float | int | str], more: Mapping[str, float | int]) -> None:
    """Sums; of what is the longest or slowest the worst."""
    for name, value in more.items():
        before = figures.get(name, 0)
        assert not isinstance(before, str)
        figures[name] = max(before, value) if name in {"longest_in_hand", "settled_s"} else before + value


def _held(figures: Mapping[str, float | int | str]) -> bool:
    nought = ("lost", "uneven", "doubled", "dead_letters", "answers_lost", "dropped", "aside", "fell")
    return (
        all(figures[name] == 0 for name in nought)
        and int(figures["longest_in_hand"]) <= IN_HAND
        and int(figures["readings"]) > int(figures["kills"])
    )
