"""`luxi spool`: what waits is shown, written out and checked, while the program runs and when the file is spoilt."""

import argparse
import json
import sqlite3
from base64 import b64decode
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from spool_kit import EVIDENCE, HEALTH, alarm, batch

from edge import cli
from edge.spool.bounds import PAGE, Bounds
from edge.spool.outside import contents
from edge.spool.store import Spool
from sensors.clock import HandClock

SITE = """
[site]
id = "farm"
state = "state"
[gateway]
host = "gateway"
ca = "ca.crt"
certificate = "site.crt"
key = "site.key"
[[cameras]]
name = "yard"
source = "frames"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(SITE, "utf-8")
    return path


@pytest.fixture
def spool(config: Path) -> Iterator[Spool]:
    """The spool of a program that runs: open, with everything in it that a spool may hold."""
    with closing(Spool(config.parent / "state" / "sense.db", HandClock(boot="b"))) as spool:
        spool.put([alarm(), EVIDENCE, HEALTH, *map(batch, range(500))])
        spool.set_aside((spool.stream, 10), "too large")
        yield spool


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    monkeypatch.setenv("COLUMNS", "200")


def luxi(*words: object) -> int:
    parser = argparse.ArgumentParser()
    cli.add_commands(parser.add_subparsers())
    args = parser.parse_args([*map(str, words)])
    return int(args.run(args))


def file(config: Path) -> Path:
    return config.parent / "state" / "sense.db"


def test_show_tells_what_waits_while_the_program_runs(
    spool: Spool, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert luxi("spool", "show", "--config", config) == 0
    told = capsys.readouterr().out
    for word in ("alarm", "evidence", "health", "499", "1 starts", spool.stream, f"batch {spool.stream}/10 too large"):
        assert word in told
    assert spool.put([alarm(2)]), "and the program goes on"


def test_show_as_json_agrees_with_the_spools_own_count(
    spool: Spool, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert luxi("spool", "show", "--config", config, "--json") == 0
    told = json.loads(capsys.readouterr().out)["sense"]
    depth = spool.depth()
    assert [(row["rank"], row["messages"], row["bytes"]) for row in told["ranks"]] == [
        (rank.rank, rank.messages, rank.bytes) for rank in depth.ranks
    ]
    assert [(row["reason"], row["seq"]) for row in told["aside"]] == [("too large", 10)]
    assert (told["stream"], told["starts"], told["beside"]) == (spool.stream, 1, [])


def test_show_counts_what_was_dropped_and_names_damaged_files(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(Spool(file(config), HandClock(), Bounds(max_bytes=400_000, disk_floor=0))) as spool:
        for number in range(6000):
            if number % 1000 == 0:
                spool.put([batch(n) for n in range(number, number + 1000)])
        dropped = sum(rank.dropped for rank in spool.depth().ranks)
        file(config).with_name("sense.db.damaged-20260101T000000Z").write_bytes(b"x" * 2048)
        assert luxi("spool", "show", "--config", config, "--json") == 0
    told = json.loads(capsys.readouterr().out)["sense"]
    assert dropped > 0
    assert sum(row["messages"] for row in told["dropped"]) == dropped
    assert [Path(name).name for name in told["beside"]] == ["sense.db.damaged-20260101T000000Z"]
    assert luxi("spool", "show", "--config", config) == 0
    said = capsys.readouterr().out
    assert "dropped for want of room" in said
    assert "damaged file, set aside" in said


def test_age_is_told_within_a_boot_and_only_then(spool: Spool, config: Path) -> None:
    here, other = HandClock(monotonic=90, boot="b"), HandClock(monotonic=90, boot="c")
    (oldest, unknown) = (contents(file(config), clock.now()).oldest for clock in (here, other))
    assert oldest is not None and oldest.age_ms == 90_000
    assert unknown is not None and unknown.age_ms is None


@pytest.mark.parametrize("act", ["show", "export", "verify"])
def test_where_there_is_no_spool_it_says_so(config: Path, capsys: pytest.CaptureFixture[str], act: str) -> None:
    assert luxi("spool", act, "--config", config) == 1
    told = capsys.readouterr().err
    assert "there is no spool" in told and "sense.db" in told and "watch.db" in told
    assert not file(config).exists(), "and makes none"


def test_a_wrong_site_file_is_status_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "site.toml").write_text("[site]\n", "utf-8")
    assert luxi("spool", "show", "--config", tmp_path / "site.toml") == 2
    assert "site.id" in capsys.readouterr().err


def test_export_writes_every_message_decoded(spool: Spool, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert luxi("spool", "export", "--config", config) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["seq"] for line in lines] == [*range(1, 10), *range(11, 504), 10]
    assert lines[0]["message"]["episode"] == "field-1"
    assert lines[1]["message"]["data"] == f"{len(EVIDENCE.data)} bytes"
    assert lines[3]["message"]["mono_ms"] == 0
    assert (lines[-1]["reason"], lines[-1]["message"]["mono_ms"]) == ("too large", 6)


def test_export_to_a_file_with_pictures(spool: Spool, config: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    assert luxi("spool", "export", "--config", config, "--pictures", "--out", out) == 0
    picture = json.loads(out.read_text("utf-8").splitlines()[1])
    assert b64decode(picture["message"]["data"]) == EVIDENCE.data
    assert luxi("spool", "export", "--config", config, "--out", tmp_path / "no" / "where") == 1


def test_a_copy_is_a_spool_like_the_first(spool: Spool, config: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    assert luxi("spool", "export", "--config", config, "--copy", target) == 0
    with closing(Spool(target, HandClock(boot="b"))) as copied:
        assert copied.waiting(1000) == spool.waiting(1000)
        assert copied.stream == spool.stream
    before = target.read_bytes()
    assert luxi("spool", "export", "--config", config, "--copy", target) == 1
    assert target.read_bytes() == before, "nothing is written over"


def test_one_spool_is_copied_at_a_time(
    spool: Spool, config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Spool(file(config).with_name("watch.db"), HandClock()).close()
    assert luxi("spool", "export", "--config", config, "--copy", tmp_path / "copy.db") == 2
    assert "--program" in capsys.readouterr().err
    assert luxi("spool", "export", "--config", config, "--program", "watch", "--copy", tmp_path / "copy.db") == 0


def test_verify_finds_a_sound_spool_sound(spool: Spool, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert luxi("spool", "verify", "--config", config) == 0
    assert "all 503 messages read" in capsys.readouterr().out


def test_verify_names_a_message_that_is_not_what_was_written(
    spool: Spool, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(file(config))) as database, database:
        database.execute("UPDATE message SET body = x'00ff' WHERE seq = 7")
        database.execute("UPDATE message SET body = x'00ff', crc = NULL WHERE seq = 8")
        database.execute("UPDATE message SET kind = 'song' WHERE seq = 9")
    assert luxi("spool", "verify", "--config", config) == 1
    told = capsys.readouterr().out
    assert all(f"{spool.stream}/{number}" in told for number in (7, 8, 9))
    assert "CRC-32" in told and "dead letters" in told
    assert luxi("spool", "verify", "--config", config, "--json") == 1
    assert [row["seq"] for row in json.loads(capsys.readouterr().out)["sense"]["bodies"]] == [7, 8, 9]
    assert luxi("spool", "export", "--config", config) == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["body"] for line in lines if "fault" in line][:2] == ["00ff", "00ff"]


@pytest.mark.parametrize("start", [0, 3 * PAGE])
def test_verify_says_what_to_do_with_a_spoilt_file(
    spool: Spool, config: Path, capsys: pytest.CaptureFixture[str], start: int
) -> None:
    spool.close()
    with file(config).open("r+b") as spoilt:
        spoilt.seek(start)
        spoilt.write(b"\xa5" * PAGE)
    before = file(config).read_bytes()
    assert luxi("spool", "verify", "--config", config) == 1
    told = capsys.readouterr().out
    assert "the file is damaged" in told and "systemctl restart luxi-sense" in told
    assert luxi("spool", "verify", "--config", config, "--json") == 1
    assert file(config).read_bytes() == before, "looking changes nothing"


def test_a_file_that_is_no_spool_is_refused(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file(config).parent.mkdir()
    for content in (b"", b"no database at all, only words" * 100):
        file(config).write_bytes(content)
        for act in ("show", "export", "verify"):
            assert luxi("spool", act, "--config", config) == 1
        told = capsys.readouterr()
        assert "can't be read" in told.err and "damaged" in told.out
        assert file(config).read_bytes() == content


def test_a_technician_reads_chinese(
    spool: Spool, config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert luxi("spool", "show", "--config", config) == 0
    assert luxi("spool", "verify", "--config", config) == 0
    told = capsys.readouterr().out
    assert all(word in told for word in ("待传", "无法发送", "完好，503 条消息均可读"))
