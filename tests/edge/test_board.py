"""What the board tells, and what it doesn't."""

from pathlib import Path

import pytest

from edge import board


def machine(root: Path, **files: str) -> Path:
    names = {
        "temperature": "sys/class/thermal/thermal_zone0/temp",
        "throttled": "sys/devices/platform/soc/soc:firmware/get_throttled",
        "memory": "proc/meminfo",
        "load": "proc/loadavg",
    }
    for name, text in files.items():
        path = root / names[name]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_a_raspberry_pi(tmp_path: Path) -> None:
    root = machine(
        tmp_path,
        temperature="58421\n",
        throttled="50005\n",
        memory="MemTotal: 948000 kB\nMemAvailable: 512000 kB\n",
        load="0.42 0.30 0.20 1/100 999\n",
    )
    found = board.look(tmp_path, root)
    assert (found.temperature_c, found.throttled, found.load_1min, found.memory_free_mb) == (58.421, True, 0.42, 500)
    assert found.disk_free_mb is not None


@pytest.mark.parametrize(("bits", "throttled"), [("0", False), ("50000", False), ("1", True), ("4", True)])
def test_throttled_now_is_not_throttled_once(tmp_path: Path, bits: str, throttled: bool) -> None:
    assert board.look(tmp_path, machine(tmp_path, throttled=bits)).throttled is throttled


def test_a_board_that_tells_nothing(tmp_path: Path) -> None:
    found = board.look(tmp_path / "gone", tmp_path)
    assert found == board.look(tmp_path / "gone", tmp_path)
    assert (found.temperature_c, found.throttled, found.load_1min, found.memory_free_mb, found.disk_free_mb) == (
        None,
        None,
        None,
        None,
        None,
    )


def test_a_sensor_that_reads_nonsense_is_none(tmp_path: Path) -> None:
    assert board.look(tmp_path, machine(tmp_path, temperature="n/a", memory="nothing")).temperature_c is None


def test_this_machine() -> None:
    found = board.look(Path("/tmp"))
    assert found.memory_free_mb is not None
    assert found.memory_free_mb > 0
