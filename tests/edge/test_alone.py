"""One process per state folder."""

import subprocess
import sys
from pathlib import Path

import pytest

from edge.runtime.alone import AlreadyRunningError, alone

HOLD = (
    "import sys, time; from pathlib import Path; from edge.runtime.alone import alone\n"
    "with alone(Path(sys.argv[1]), 'gateway'): print('held', flush=True); time.sleep(60)"
)


def test_a_second_process_is_told_who_is_there_and_kill_9_lets_go(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        with (
            pytest.raises(AlreadyRunningError, match=r"gateway\.lock.*正在运行.*stop it first"),
            alone(tmp_path, "gateway"),
        ):
            pass
        with alone(tmp_path, "another"):
            first.kill()
            first.wait()
    with alone(tmp_path, "gateway"):
        pass
