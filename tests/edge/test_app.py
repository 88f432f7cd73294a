"""The device's programs as a technician starts them: faults, a second start, no gateway, and an orderly end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.health import read_status, status_file
from gateway.authority import Authority

SITE = """\
[site]
id = "farm-1"
state = "state"
runtime = "/nowhere"

[gateway]
host = "127.0.0.1"
port = 1
ca = "certificates/ca.crt"
certificate = "certificates/site.crt"
key = "certificates/site.key"

[[buses]]
name = "water"
port = "/dev/tty-that-is-not-there"

[[buses.instruments]]
name = "air"
profile = "renke-rs-ws"
every = "1s"
"""


def luxi(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "hil.cli", *arguments]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    Authority(tmp_path / "ca", datetime.now(UTC)).ensure_client(tmp_path / "certificates", "site", "farm-1")
    path = tmp_path / "site.toml"
    path.write_text(SITE)
    return path


@contextmanager
def running(program: str, site: Path) -> Iterator["subprocess.Popen[str]"]:
    command = luxi("edge", program, "--config", str(site))
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as child:
        try:
            end = time.monotonic() + 30
            while read_status(status_file(site.parent / "state", program)) is None:
                assert child.poll() is None, child.communicate()[1]
                assert time.monotonic() < end, "no status"
                time.sleep(0.05)
            yield child
        finally:
            if child.poll() is None:
                child.kill()


def test_measures_and_tells_without_a_port_and_without_a_gateway(site: Path) -> None:
    with running("sense", site) as child:
        end = time.monotonic() + 20
        health = read_status(status_file(site.parent / "state", "sense"))
        # The very first health may be older than the first readings.
        while health is None or health.instruments[0].trouble != "port" or health.spool.messages == 0:
            assert time.monotonic() < end, health
            time.sleep(0.1)
            health = read_status(status_file(site.parent / "state", "sense"))
        assert not health.connected
        assert all(service.alive for service in health.services)
        child.send_signal(signal.SIGTERM)
        _, errors = child.communicate(timeout=20)
        assert child.returncode == 0
    assert "Traceback" not in errors


def test_a_second_one_on_the_same_state_is_refused(site: Path) -> None:
    with running("sense", site):
        second = subprocess.run(
            luxi("edge", "sense", "--config", str(site)), capture_output=True, text=True, check=False, timeout=60
        )
    assert second.returncode == 1
    assert "sense.lock" in second.stderr
    assert "正在运行" in second.stderr


def test_faults_are_told_and_nothing_is_started(site: Path) -> None:
    site.write_text(SITE.replace("renke-rs-ws", "renke-rs-wx").replace('"1s"', "1"))
    done = subprocess.run(
        luxi("edge", "sense", "--config", str(site)), capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 2
    assert "buses[0].instruments[0].profile" in done.stderr
    assert "buses[0].instruments[0].every" in done.stderr
    assert not (site.parent / "state").exists()


@pytest.mark.parametrize(("locale", "word"), [("zh_CN.UTF-8", "断开"), ("C", "cut off")])
def test_status_beside_it(site: Path, locale: str, word: str) -> None:
    with running("sense", site):
        done = subprocess.run(
            luxi("status", "--config", str(site)),
            capture_output=True,
            text=True,
            encoding="utf-8",
            env={**os.environ, "LC_ALL": locale, "PYTHONUTF8": "1"},
            check=False,
            timeout=60,
        )
    assert done.returncode == 1
    assert word in done.stdout
    assert "air" in done.stdout
