"""The whole chain under `kill -9`: instruments, device, real mosquitto, gateway, county; any of ours at any moment.

Goal: every message number that a spool ever gave is at the county or still waits, archive and county hold the same
readings and none twice, the gateway knows who is there, and what the instruments answered is missing only where `sense`
was killed with it in hand. Half of the kills go to a gateway that runs its broker as a child, half to one whose broker
stands apart.
"""

import argparse
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from random import Random

from hil.answered import Unkept
from hil.audit import Audit, audit
from hil.virtual.site import VirtualSite, Wishes, standing
from tests.bench.crash_kit import Killing
from tests.bench.outcome import Outcome
from tests.bench.settle_kit import answers, ended, settled, thought_away

COUNTY_EVERY = 40
"""After so many kills the county is stopped in order and started again: its own broker promises no more."""
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
            after = {"settled_s": settled(site), "thought_away": thought_away(site)}
            ended(site)
            _add(figures, _figures(killing, audit(site), answers(site, starts)) | after)
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


def _figures(killing: Killing, books: Audit, said: Unkept) -> dict[str, float | int]:
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
        "answers": said.answers,
        "answers_in_hand": said.cut_off,
        "longest_in_hand": said.longest,
        "answers_late": said.late,
        "answers_lost": len(said.lost),
    }


def _add(figures: dict[str, float | int | str], more: Mapping[str, float | int]) -> None:
    """Sums; of what is the longest or slowest the worst."""
    for name, value in more.items():
        before = figures.get(name, 0)
        assert not isinstance(before, str)
        figures[name] = max(before, value) if name in {"longest_in_hand", "settled_s"} else before + value


def _held(figures: Mapping[str, float | int | str]) -> bool:
    nought = ("lost", "uneven", "doubled", "dead_letters", "answers_lost", "dropped", "aside", "fell", "thought_away")
    return (
        all(figures[name] == 0 for name in nought)
        and int(figures["longest_in_hand"]) <= IN_HAND
        and int(figures["readings"]) > int(figures["kills"])
    )
