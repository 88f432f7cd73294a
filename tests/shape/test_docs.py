"""What the documents say is there is there: paths, links, commands, decisions."""

import re
from pathlib import Path

import house
import pytest

PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "docs/architecture.md",
    "docs/decisions/README.md",
    "docs/technician.md",
]
COMMANDS = {"demo", "test", "check", "bench", "soak", "luxi", "lock", "help"}
TOP = "sensors|models|edge|gateway|hil|systemd|tests|docs|requirements"


def page(name: str) -> str:
    return (house.ROOT / name).read_text("utf-8")


def named_paths(text: str) -> set[str]:
    """Paths of the repository in backticks, without those that hold a placeholder."""
    return {path for path in re.findall(rf"`((?:{TOP})/[^`\s]*)`", text) if not re.search(r"[<*A-Z]{2,}|[<*]", path)}


def links(text: str) -> set[str]:
    """Where links go, without addresses and anchors."""
    return {link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", text) if "://" not in link}


def dev_commands(text: str) -> list[str]:
    """What is called through `./dev`, in order."""
    return re.findall(r"\./dev ([a-z]+)", text)


def missing(text: str, base: Path) -> list[str]:
    """Paths and links that lead nowhere; paths count from the root, links from `base`."""
    paths = [path for path in named_paths(text) if not (house.ROOT / path).exists()]
    return sorted(paths + [link for link in links(text) if not (base / link).exists()])


@pytest.mark.parametrize("name", PAGES)
def test_paths_and_links_lead_somewhere(name: str) -> None:
    assert missing(page(name), (house.ROOT / name).parent) == []


@pytest.mark.parametrize("name", PAGES)
def test_dev_has_the_commands_that_are_named(name: str) -> None:
    assert [command for command in dev_commands(page(name)) if command not in COMMANDS] == []


def test_the_first_two_commands_are_demo_and_test_in_both_languages() -> None:
    _, chinese, english = re.split(r"^## .*$", page("README.md"), flags=re.MULTILINE)
    for half in (chinese, english):
        assert dev_commands(half)[:2] == ["demo", "test"]


def test_every_decision_is_in_both_tables() -> None:
    folder = house.ROOT / "docs" / "decisions"
    records = sorted(path.name for path in folder.glob("[0-9]*.md"))
    assert sorted(link for link in links(page("docs/decisions/README.md")) if link[0].isdigit()) == records
    listed = sorted(link for link in links(page("README.md")) if link.startswith("docs/decisions/0"))
    assert listed == [f"docs/decisions/{record}" for record in records]


@pytest.mark.parametrize("record", sorted((house.ROOT / "docs" / "decisions").glob("[0-9]*.md")), ids=lambda p: p.stem)
def test_a_record_has_the_parts_of_the_template(record: Path) -> None:
    template = page("docs/decisions/template.md")
    heads = re.findall(r"^## .*$", template, re.MULTILINE)
    text = record.read_text("utf-8")
    assert re.findall(r"^## .*$", text, re.MULTILINE) == heads
    assert text.startswith(f"# {record.name[:4]}. ")


def test_what_leads_nowhere_is_seen() -> None:
    text = "`edge/app.py` `edge/no_such.py` `tests/bench/bench_NAME.py`"
    text += " [a](README.md) [b](nowhere.md#x) [c](https://example.org/)"
    assert missing(text, house.ROOT) == ["edge/no_such.py", "nowhere.md"]
    assert dev_commands("./dev demo --for 3; ./dev dmeo") == ["demo", "dmeo"]
