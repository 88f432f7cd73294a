"""What tests of several folders share: ports and a broker that nobody here wrote."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from broker_kit import RealBroker, unused_port
from hypothesis import settings

# A busy machine is no fault of the code's: an example may take as long as it takes.
settings.register_profile("luxi", deadline=None)
settings.load_profile("luxi")

# Debian keeps mosquitto where an ordinary user's PATH does not lead.
os.environ["PATH"] += ":/usr/sbin:/sbin"


@pytest.fixture
def free_port() -> Callable[[], int]:
    """A port of loopback on which nobody listens, at each call."""
    return unused_port


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[RealBroker]:
    """A running mosquitto on loopback that lets everybody in; the test may kill it and start it again."""
    running = RealBroker.plain(tmp_path / "mosquitto")
    running.start()
    yield running
    running.stop()
