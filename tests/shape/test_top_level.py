"""What stands at the top of the repository, and what the lock and `./dev` promise."""

import re
import shutil
import subprocess
from pathlib import Path

import house
import pytest

FOLDERS = {".ci", "docs", "edge", "gateway", "hil", "models", "requirements", "sensors", "systemd", "tests"}
FILES = {
    *(".editorconfig", ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "SECURITY.md"),
    *("dev", "pyproject.toml"),
}
LOCKS = sorted((house.ROOT / "requirements").glob("*.lock"))
COMMANDS = ("demo", "test", "check", "bench", "soak", "luxi", "lock", "help")


def strangers(paths: list[str]) -> list[str]:
    """Top-level names that the architecture doesn't know."""
    return sorted({path.split("/")[0] for path in paths} - FOLDERS - FILES)


def unlocked(text: str) -> list[str]:
    """Requirements of a lock that no hash pins."""
    entries = re.findall(r"^[A-Za-z0-9].*(?:\n    .*)*", text, re.MULTILINE)
    return [entry.split("\n")[0] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry]


def dev(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["sh", str(house.ROOT / "dev"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


@pytest.mark.skipif(shutil.which("git") is None or not (house.ROOT / ".git").exists(), reason="not a git work tree")
def test_the_top_level_is_as_drawn() -> None:
    command = ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=house.ROOT, capture_output=True, text=True, check=True).stdout
    assert strangers(listed.splitlines()) == []
    assert sorted(name for name in FOLDERS | FILES if not (house.ROOT / name).exists()) == []


def test_a_stranger_is_seen() -> None:
    assert strangers(["edge/app.py", "utils/helpers.py", "notes.txt", "README.md"]) == ["notes.txt", "utils"]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_locks_pin_everything_and_name_no_host(lock: Path) -> None:
    text = lock.read_text("utf-8")
    assert unlocked(text) == []
    assert "://" not in text
    assert not re.search(r"^\s*-(-index|i |-extra-index|f |-find-links)", text, re.MULTILINE)


def test_the_device_and_the_gateway_get_the_versions_that_were_tested() -> None:
    assert [lock.name for lock in LOCKS] == ["dev.lock", "device.lock", "gateway.lock"]
    tested, device, gateway = (set(re.findall(r"^\S+==\S+", lock.read_text("utf-8"), re.MULTILINE)) for lock in LOCKS)
    assert device < gateway < tested


def test_a_requirement_without_a_hash_is_seen() -> None:
    text = "a==1 \\\n    --hash=sha256:00\n    # via b\nb==2\nc>=3 \\\n    --hash=sha256:00\n"
    assert unlocked(text) == ["b==2", "c>=3 \\"]


@pytest.mark.parametrize("shell", [name for name in ("sh", "dash", "bash", "busybox") if shutil.which(name)])
def test_dev_is_plain_shell(shell: str) -> None:
    command = [shell, *(["sh"] if shell == "busybox" else []), "-n", str(house.ROOT / "dev")]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")


def test_dev_tells_its_commands() -> None:
    run = dev("help")
    assert run.returncode == 0
    assert [word for word in COMMANDS if not re.search(rf"^  {word}\b", run.stdout, re.MULTILINE)] == []


def test_an_unknown_command_is_wrong_usage() -> None:
    run = dev("dmeo")
    assert run.returncode == 2
    assert run.stderr.startswith("没有这个命令 / unknown command: dmeo\n")
    assert run.stdout == ""


def test_the_programs_may_be_run() -> None:
    assert [name for name in ("dev", ".ci/run") if not (house.ROOT / name).stat().st_mode & 0o111] == []
