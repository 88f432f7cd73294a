"""What a device and a gateway install for systemd: complete, agreeing with the product, as closed as promised."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "systemd"
UNITS = ("luxi-gateway.service", "luxi-sense.service", "luxi-watch.service")
DROP_INS = sorted((FOLDER / "luxi-.service.d").glob("*.conf"))
LUXI = "/opt/luxi/venv/bin/luxi"
EXPOSURE = 25
"""Ten times the exposure that `systemd-analyze security` may find; 22 was measured with systemd 252."""

# What every unit has once its drop-ins are read.
COMMON = {
    "Type": "notify",
    "NotifyAccess": "main",
    "Restart": "always",
    "RestartPreventExitStatus": "2",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "DevicePolicy": "closed",
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "MemoryDenyWriteExecute": "yes",
    "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6",
    "SystemCallArchitectures": "native",
}
DEVICES = {
    "luxi-gateway.service": set(),
    "luxi-sense.service": {"char-ttyUSB rw", "char-ttyACM rw", "char-ttyAMA rw", "char-ttyS rw"},
    "luxi-watch.service": {"char-video4linux rw"},
}

Settings = dict[str, list[str]]

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")


def read(*files: Path) -> Settings:
    """Every key in these files with its values in order."""
    found: Settings = {}
    for line in "\n".join(file.read_text("utf-8") for file in files).splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith(("#", "[")):
            found.setdefault(key, []).append(value)
    return found


def settings(unit: str) -> Settings:
    """A unit as systemd sees it: its own keys, then those of the drop-ins."""
    return read(FOLDER / unit, *DROP_INS)


def users() -> set[str]:
    return set(re.findall(r"^u (\S+)", (FOLDER / "luxi.sysusers").read_text("utf-8"), re.MULTILINE))


def staged(tmp_path: Path) -> Path:
    """The units where systemd-analyze can read them, with a program that exists in the place of ours."""
    folder = tmp_path / "units"
    shutil.copytree(FOLDER, folder)
    for unit in UNITS:
        path = folder / unit
        path.write_text(path.read_text("utf-8").replace(LUXI, "/bin/true"), "utf-8")
    return folder


def analyze(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"SYSTEMD_UNIT_PATH": f"{folder}:", "PATH": "/usr/bin:/bin", "SYSTEMD_COLORS": "0"}
    command = ["systemd-analyze", *arguments]
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)


def test_the_units_are_all_there() -> None:
    assert tuple(sorted(path.name for path in FOLDER.glob("*.service"))) == UNITS


@pytest.mark.parametrize("unit", UNITS)
def test_each_unit_lives_and_is_confined_alike(unit: str) -> None:
    found = settings(unit)
    assert {key: found.get(key) for key in COMMON} == {key: [value] for key, value in COMMON.items()}
    assert found["StartLimitIntervalSec"] == ["0"]
    assert found["SystemCallFilter"][0] == "@system-service"


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_settles_nothing_that_the_common_files_settle(unit: str) -> None:
    """But for the environment, to which each file adds."""
    assert read(FOLDER / unit).keys() & read(*DROP_INS).keys() <= {"Environment"}


@pytest.mark.parametrize("unit", UNITS)
def test_each_unit_has_limits_and_a_user_of_its_own(unit: str) -> None:
    found = settings(unit)
    assert {"MemoryHigh", "MemoryMax", "TasksMax", "WatchdogSec", "TimeoutStopSec"} <= found.keys()
    assert set(found["User"]) <= users()
    assert set(found.get("DeviceAllow", [])) == DEVICES[unit]


def test_the_clock_can_be_asked_for_its_state() -> None:
    found = settings("luxi-sense.service")
    assert {"adjtimex", "clock_adjtime"} <= set(found["SystemCallFilter"][-1].split())
    assert "ProtectClock" not in found
    assert "ProcSubset" not in found


@pytest.mark.parametrize("unit", UNITS)
def test_the_command_of_each_unit_is_one_of_the_products(unit: str) -> None:
    from hil.cli import parser

    [line] = settings(unit)["ExecStart"]
    program, *arguments = shlex.split(line)
    assert program == LUXI
    config = Path(settings(unit)["ConditionPathExists"][0])
    assert parser().parse_args(arguments).config == config
    assert config.parent == Path("/etc") / settings(unit)["ConfigurationDirectory"][0]


def test_the_folders_are_those_that_the_device_uses_when_told_nothing() -> None:
    from edge.config import Site

    for unit in ("luxi-sense.service", "luxi-watch.service"):
        found = settings(unit)
        assert Site(id="a").state == Path("/var/lib") / found["StateDirectory"][0]
        assert Site(id="a").runtime == Path("/run") / found["RuntimeDirectory"][0]
        assert found["RuntimeDirectoryPreserve"] == ["yes"]


def test_tmpfiles_name_only_users_that_are_made() -> None:
    lines = (FOLDER / "luxi.tmpfiles").read_text("utf-8").splitlines()
    entries = [line.split() for line in lines if not line.startswith("#")]
    assert {entry[3] for entry in entries} | {entry[4] for entry in entries} <= users() | {"root"}
    assert {entry[1]: entry[2] for entry in entries if "keys" in entry[1]} == {
        "/etc/luxi/keys": "0750",
        "/etc/luxi/gateway-keys": "0750",
    }


def test_udev_rules_are_well_formed() -> None:
    term = r'(ACTION|SUBSYSTEM|KERNEL|DRIVER|ENV\{\w+\}|ATTR\{\w+\}|SYMLINK|GROUP|MODE|GOTO|LABEL)(==|\+=|=)"[^"]+"'
    lines = (FOLDER / "70-luxi.rules").read_text("utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert [line for line in rules if not re.fullmatch(rf"{term}(, {term})*", line)] == []
    assert any('ATTR{latency_timer}="1"' in line for line in rules)


@needs_systemd
@pytest.mark.parametrize("unit", UNITS)
def test_systemd_finds_nothing_to_say(tmp_path: Path, unit: str) -> None:
    folder = staged(tmp_path)
    run = analyze(folder, "verify", "--man=no", str(folder / unit))
    # It ends with 0 on unknown keys too: only silence is consent.
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


@needs_systemd
def test_an_unknown_key_is_seen(tmp_path: Path) -> None:
    folder = staged(tmp_path)
    with (folder / "luxi-.service.d" / "10-life.conf").open("a", encoding="utf-8") as file:
        file.write("WatchdogSecs=3\n")
    run = analyze(folder, "verify", "--man=no", str(folder / UNITS[0]))
    assert "WatchdogSecs" in run.stderr


@needs_systemd
@pytest.mark.parametrize("unit", UNITS)
def test_the_sandbox_is_as_tight_as_promised(tmp_path: Path, unit: str) -> None:
    folder = staged(tmp_path)
    check = ("security", "--offline=yes", f"--threshold={EXPOSURE}", "--no-pager", str(folder / unit))
    run = analyze(folder, *check)
    assert run.returncode == 0, run.stdout + run.stderr
    (folder / "luxi-.service.d" / "20-sandbox.conf").unlink()
    assert analyze(folder, *check).returncode != 0
