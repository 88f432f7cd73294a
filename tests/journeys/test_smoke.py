"""A real picture of smoke becomes an alarm with that picture."""

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest
from journey_kit import county, settled, until

from hil.picture import look
from hil.virtual.site import Wishes
from models.pictures import load, resized

pytestmark = pytest.mark.journey


def likeness(one: Path, other: Path) -> float:
    """Mean absolute difference of two pictures' pixels, 0-255."""
    first, second = load(one), load(other)
    second = resized(second, first.shape[1], first.shape[0])
    return float(np.abs(first.astype(np.int16) - second.astype(np.int16)).mean())


def test_a_real_picture_becomes_an_alarm_with_that_picture(tmp_path: Path, smoke_picture: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    shutil.copy(smoke_picture, folder / "smoke.jpg")
    with county(tmp_path / "county", Wishes(camera=str(folder))) as site:
        until(lambda: any(seen.picture for seen in look(site, 0).alarms), "no alarm with a picture")
        settled(site)
        (seen,) = look(site, 0).alarms
    assert seen.picture is not None
    assert (seen.alarm.kind, seen.alarm.event, seen.alarm.camera) == ("smoke", "opened", "field-north")
    assert seen.alarm.regions
    assert hashlib.sha256(seen.picture.read_bytes()).hexdigest() == seen.alarm.picture
    assert likeness(smoke_picture, seen.picture) < 6
