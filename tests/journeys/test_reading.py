"""A documented frame on a serial line becomes the right number with the right code at the county."""

import json
import subprocess
from pathlib import Path

import jsonschema
import pytest
from journey_kit import county, settled, until

from hil.count import account
from hil.picture import look
from hil.verdict import DOCUMENTED
from hil.virtual.site import VirtualSite, Wishes

pytestmark = pytest.mark.journey
SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"


def heard(site: VirtualSite, count: int) -> list[tuple[str, str]]:
    """Topics and payloads as mosquitto_sub, which nobody here wrote, receives them on the county's broker."""
    broker = ["-h", "127.0.0.1", "-p", str(site.ports[1]), "-V", "mqttv5", "-q", "1"]
    wanted = ["-t", "county/1/#", "-C", str(count), "-W", "60", "-F", "%t %p"]
    done = subprocess.run(["mosquitto_sub", *broker, *wanted], capture_output=True, text=True, check=True)
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in done.stdout.splitlines()]


def test_documented_frames_reach_the_county(tmp_path: Path) -> None:
    with county(tmp_path, Wishes(watch=False)) as site:
        until(lambda: len(look(site, 0).newest) >= 25, "not every channel came to the county")
        newest = {(one.instrument, one.channel): (one.code, one.value, one.flag) for one in look(site, 0).newest}
        for instrument, channel, *wanted in DOCUMENTED:
            assert newest[instrument, channel] == tuple(wanted)
        messages = heard(site, 15)
        found = settled(site)
    assert (found.readings_doubled, found.dead_letters) == (0, 0)
    leaves = set()
    for topic, payload in messages:
        leaf = topic.removeprefix(f"county/1/{site.site}/")
        leaves.add(leaf)
        jsonschema.validate(json.loads(payload), json.loads((SCHEMAS / f"county-{leaf}.json").read_text("utf-8")))
    assert "readings" in leaves
    assert "online" in leaves


def test_a_site_that_is_told_to_stop_leaves_in_order(tmp_path: Path) -> None:
    with county(tmp_path, Wishes(watch=False)) as site:
        until(lambda: account(site).readings_county > 20, "no readings")
        assert site.programs["sense"].stop() == 0
        until(lambda: '"online":false' in site.programs["county"].tail(3), "the county was not told that sense left")
        assert site.programs["gateway"].stop() == 0
