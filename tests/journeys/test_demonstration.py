"""`luxi demo` as a stranger starts it: it ends by itself, judges itself, and says no when it must."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.journey


def demo(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "hil.cli", "demo", "--plain", *arguments]


def test_ends_by_itself_with_readings_an_alarm_and_its_picture(tmp_path: Path) -> None:
    done = subprocess.run(
        demo("--for", "45", "--cut-network", "12", "--dir", str(tmp_path)),
        capture_output=True,
        text=True,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "NETWORK CUT" in done.stdout
    assert "smoke alarm opened" in done.stdout
    assert "everything arrived, nothing lost, nothing doubled" in done.stdout
    (picture,) = (tmp_path / "county" / "pictures").iterdir()
    assert picture.read_bytes()[:2] == b"\xff\xd8"


def test_says_no_when_the_county_is_gone(tmp_path: Path) -> None:
    def remove_the_county() -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end and not (tmp_path / "edge" / "state" / "sense.db").exists():
            time.sleep(0.1)
        for process in Path("/proc").iterdir():
            if process.name.isdigit() and str(tmp_path / "county") in _command(process):
                os.kill(int(process.name), 9)

    saboteur = threading.Thread(target=remove_the_county)
    saboteur.start()
    done = subprocess.run(
        demo("--for", "8", "--dir", str(tmp_path)),
        capture_output=True,
        text=True,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        check=False,
        timeout=240,
    )
    saboteur.join(5)
    assert done.returncode == 1, done.stdout
    assert "not everything arrived" in done.stdout


def _command(process: Path) -> str:
    try:
        return (process / "cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""
