"""Fixtures of the gateway's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from gateway_kit import SecuredBroker


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[SecuredBroker]:
    """A running mosquitto that asks for certificates and heeds the access list."""
    made = SecuredBroker(tmp_path / "secured")
    made.broker.start()
    yield made
    made.close()
