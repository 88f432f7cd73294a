"""Names of topics: made and taken apart, and nothing else let through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.wire import topics
from edge.wire.topics import SITE_ID, Address, Kind

SITES = st.from_regex(SITE_ID, fullmatch=True)


@given(site=SITES, kind=st.sampled_from(Kind), leaf=st.sampled_from(["", "sense", "0f3a"]))
def test_what_is_made_is_taken_apart(site: str, kind: Kind, leaf: str) -> None:
    assert topics.parse(topics.up(site, kind, leaf)) == Address(site, "up", kind, leaf)
    assert topics.parse(topics.down(site, kind, leaf)) == Address(site, "down", kind, leaf)


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "luxi/1/pond/up",
        "luxi/1/pond/up/weather",
        "luxi/1/pond/sideways/batch",
        "luxi/2/pond/up/batch",
        "luxi/1//up/batch",
        "luxi/1/Pond/up/batch",
        "luxi/1/-pond/up/batch",
        f"luxi/1/{'p' * 33}/up/batch",
        "luxi/1/pond/up/online/sense/more",
        "luxi/1/pond/up/batch/",
        "luxi/1/pond/up/batch\n",
        "x/luxi/1/pond/up/batch",
        "luxi/1/+/up/batch",
    ],
)
def test_nothing_else_is_of_this_contract(topic: str) -> None:
    assert topics.parse(topic) is None


@given(st.text(max_size=60))
def test_no_text_is_too_strange_to_be_refused(topic: str) -> None:
    found = topics.parse(topic)
    assert found is None or SITE_ID.fullmatch(found.site)


def test_a_site_id_can_stand_in_a_certificate_and_a_topic() -> None:
    assert SITE_ID.fullmatch("a")
    assert SITE_ID.fullmatch("p" * 32)
    for bad in ("", "a/b", "a+b", "a#", "a b", "东塘", "A", "a-", "-a", "p" * 33):
        assert not SITE_ID.fullmatch(bad), bad
