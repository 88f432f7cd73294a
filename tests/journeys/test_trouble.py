"""A cut network and killed programs lose nothing and double nothing."""

import os
import signal
import time
from pathlib import Path

import pytest
from journey_kit import county, settled, until

from hil.count import account, spools
from hil.virtual.site import VirtualSite, Wishes
from tests.bench.crash_kit import child_broker

pytestmark = pytest.mark.journey
CUT_S = 30.0


def waiting(site: VirtualSite) -> int:
    return sum(len(spool.waiting) for spool in spools(site))


def test_a_cut_of_30_s(tmp_path: Path) -> None:
    with county(tmp_path, Wishes(watch=False)) as site:
        until(lambda: account(site).readings_county > 50, "no readings before the cut")
        before = account(site)
        site.relay.cut()
        time.sleep(CUT_S)
        during = account(site)
        assert waiting(site), "the buffer did not fill"
        assert len(during.county) <= len(before.county) + 20
        site.relay.mend()
        found = settled(site)
    assert found.readings_county > during.readings_county + 50, "what was measured during the cut has come"
    assert (found.readings_doubled, found.dead_letters) == (0, 0)
    assert found.readings_county > during.readings_county + 100


@pytest.mark.parametrize("name", ["sense", "watch", "gateway", "broker", "county"])
def test_kill_9(tmp_path: Path, name: str) -> None:
    with county(tmp_path, Wishes(smoke_at=None)) as site:
        until(lambda: account(site).readings_county > 50, "no readings before the kill")
        if name == "broker":
            pid = child_broker(site.programs["gateway"].pid)
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
        else:
            site.programs[name].kill()
            time.sleep(1)
            site.programs[name].start()
        seen = account(site)
        until(lambda: account(site).readings_county > seen.readings_county + 50, "readings did not go on")
        found = settled(site)
        assert all(program.alive for program in site.programs.values())
    assert (found.readings_doubled, found.dead_letters) == (0, 0)
    assert found.archived >= seen.archived, "what was archived is gone"
