"""Which model the program `watch` takes, and that a refused one is an alarm while another works on."""

import logging
import shutil
from pathlib import Path

import numpy as np
import pytest

from edge.alarms import SpoolSink
from edge.spool.store import Spool
from edge.watch import chosen_model
from edge.wire import messages
from edge.wire.codec import decode_kept
from models import card
from models.fallback import Chosen
from sensors.clock import HandClock

CLOCK = HandClock(wall_ms=1_790_000_000_000)


def chosen(state: Path) -> tuple[Chosen, list[messages.Body]]:
    """The model taken, and what was kept for the gateway."""
    spool = Spool(state / "watch.db", CLOCK)
    found = chosen_model(state / "model", SpoolSink(spool), CLOCK)
    bodies = [decode_kept(one.kind, one.body) for one in spool.waiting(10)]
    spool.close()
    return found, bodies


def install(folder: Path) -> card.Card:
    folder.mkdir()
    for path in card.SHIPPED.parent.glob("smoke-grid*"):
        shutil.copy(path, folder / path.name)
    return card.load(folder / card.SHIPPED.name)


def test_the_shipped_model_is_taken_without_a_word(tmp_path: Path) -> None:
    found, bodies = chosen(tmp_path)
    assert (found.card.path, bodies) == (card.SHIPPED, [])


def test_a_wrong_file_is_an_alarm_and_the_model_before_works_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    installed = install(tmp_path / "model")
    for file in installed.facts.files:
        installed.model_path(file.precision).write_bytes(b"another network")
    with caplog.at_level(logging.ERROR):
        found, bodies = chosen(tmp_path)
    assert found.card.path == card.SHIPPED
    assert found.detector.detect(np.zeros((90, 160, 3), np.uint8)).score >= 0
    (alarm,) = bodies
    assert isinstance(alarm, messages.Alarm)
    assert (alarm.kind, alarm.event, alarm.model) == ("model", messages.Event.OPENED, found.detector.name)
    assert "SHA-256" in caplog.text
    assert "拒绝加载" in caplog.text
