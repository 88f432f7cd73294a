"""How the soaks let a site come to rest and then hold what its instruments answered against what was kept."""

import time
from collections.abc import Iterable

from hil.answered import Unkept, unkept
from hil.audit import archived_readings
from hil.count import account, rows
from hil.virtual.answers import noted
from hil.virtual.site import VirtualSite

SETTLE_S, PRESENCE_S = 180.0, 60.0


def settled(site: VirtualSite) -> float:
    """Wait until all that was written until now is at the county; the seconds that it took, or all there were."""
    marks, began = account(site).marks(), time.monotonic()
    while account(site).lost(marks) and time.monotonic() - began < SETTLE_S:
        time.sleep(0.5)
    return time.monotonic() - began


def thought_away(site: VirtualSite) -> int:
    """How many programs of the device the gateway takes for gone, though they run, after it had time to see them."""
    programs, end = {name for name in ("sense", "watch") if name in site.programs}, time.monotonic() + PRESENCE_S
    while True:
        seen = rows(site.archive, "SELECT program, online, max(id) FROM presence GROUP BY program")
        away = programs - {str(program) for program, online, _ in seen if online}
        if not away or time.monotonic() > end:
            return len(away)
        time.sleep(0.5)


def ended(site: VirtualSite) -> None:
    """Nothing more is answered or seen; what the device still holds is carried to the county, and all stand still."""
    devices = [site.programs[name] for name in ("sense", "watch") if name in site.programs]
    for program in (site.programs["bench"], *devices):
        program.stop()
    for program in devices:
        program.start()
    settled(site)
    for program in devices:
        program.stop()
    end = time.monotonic() + SETTLE_S
    while (found := account(site)).archived - found.county and time.monotonic() < end:
        time.sleep(0.5)


def answers(site: VirtualSite, starts: Iterable[int]) -> Unkept:
    """The instruments' answers against the archive; `starts` of `sense` in milliseconds since boot."""
    stamps: dict[str, list[int]] = {}
    given_up: dict[str, list[int]] = {}
    for readings in archived_readings(site).values():
        for instrument, _, mono_ms, value in readings:
            stamps.setdefault(instrument, []).append(mono_ms)
            if value is None:
                given_up.setdefault(instrument, []).append(mono_ms)
    said = unkept(noted(site.answers), stamps, starts, given_up)
    for answer in said.lost:
        near = [moment for moment in stamps.get(answer.instrument, ()) if abs(moment - answer.mono_ms) < 5000]
        print(f"lost: {answer}; readings about then: {sorted(set(near))}; starts: {sorted(starts)}", flush=True)
    return said
