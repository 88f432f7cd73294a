"""Certificates and wrong clocks: what is still checked in 1970, and what is said of dates that don't fit.

OpenSSL judges dates by its process's clock: so the certificates are out of its time here, or the process is in another.
"""

import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from broker_kit import RealBroker, unused_port
from clock_kit import WrongClock, needs_gcc

from edge.link import tls
from edge.link.endpoint import Endpoint
from edge.link.mqtt import MqttLink
from edge.runtime.backoff import Backoff
from edge.runtime.clock import BUILT_MS, SystemClock
from gateway.authority import Authority, Bundle
from gateway.broker import Listener
from sensors.clock import Clock, HandClock
from sensors.reading import ClockState

NOW = datetime.now(UTC)
LONG_AGO = NOW - timedelta(days=1500)
"""A server's certificate that was issued then is over (825 days); its authority (20 years) isn't."""
AGES_AGO = NOW - timedelta(days=30 * 365)
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
Serve = Callable[..., RealBroker]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start a broker whose certificate was issued at a given time, by the authority in `tmp_path / "ca"`."""
    started: list[RealBroker] = []

    def start(issued: datetime, name: str = "127.0.0.1") -> RealBroker:
        server = Authority(tmp_path / "ca", issued).ensure_server(tmp_path / "server", (name,))
        made = RealBroker(Listener("127.0.0.1", unused_port(), tmp_path / "b", server))
        made.start()
        started.append(made)
        return made

    yield start
    for one in started:
        one.stop()


def files(folder: Path, authority: str = "ca") -> Bundle:
    """What a device shows that an authority gave its certificate today."""
    return Authority(folder / authority, NOW).ensure_client(folder / f"of-{authority}", "site", "pond")


def shakes_hands(broker: RealBroker, mine: Bundle, wall_ms: int) -> None:
    """OSError where the server isn't believed by a machine whose clock shows `wall_ms`."""
    made = tls.context(mine.ca, mine.certificate, mine.key, wall_ms)
    with (
        socket.create_connection(("127.0.0.1", broker.port), 10) as plain,
        made.wrap_socket(plain, server_hostname="127.0.0.1"),
    ):
        pass


def complaint(broker: RealBroker, mine: Bundle, clock: Clock, caplog: pytest.LogCaptureFixture) -> str:
    """What a link says that can't connect."""
    endpoint = Endpoint("127.0.0.1", broker.port, "c", mine.ca, mine.certificate, mine.key)
    link = MqttLink(endpoint, clock, backoff=Backoff(0.05, 0.1))
    for _ in range(5):
        link.pump(0.05)
    assert not link.connected
    link.close()
    return caplog.text


def test_a_clock_that_was_never_set_judges_no_dates(serve: Serve, tmp_path: Path) -> None:
    broker, mine = serve(LONG_AGO), files(tmp_path)
    shakes_hands(broker, mine, wall_ms=1000)
    with pytest.raises(ssl.SSLCertVerificationError, match="certificate has expired"):
        shakes_hands(broker, mine, wall_ms=BUILT_MS)


def test_it_judges_authority_and_name_all_the_same(serve: Serve, tmp_path: Path) -> None:
    stranger = files(tmp_path, "strangers")
    broker = serve(NOW, "gateway.example")
    with pytest.raises(ssl.SSLCertVerificationError, match="certificate in certificate chain"):
        shakes_hands(broker, stranger, wall_ms=1000)
    with pytest.raises(ssl.SSLCertVerificationError, match="IP address mismatch"):
        shakes_hands(broker, files(tmp_path), wall_ms=1000)


def wrong() -> HandClock:
    clock = HandClock()
    clock.set(BUILT_MS, ClockState.RESTORED)
    return clock


def test_dates_that_do_not_fit_a_doubtful_clock(serve: Serve, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    text = complaint(serve(LONG_AGO), files(tmp_path), wrong(), caplog)
    assert "时钟不对" in text
    assert f"the clock is wrong, set this machine's clock first: it shows {NOW:%Y-%m-%d}" in text
    assert f"valid from 1970-01-01 00:00 UTC to {LONG_AGO + timedelta(days=825):%Y-%m-%d}" in text


def test_dates_of_the_authority(serve: Serve, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    text = complaint(serve(AGES_AGO), files(tmp_path), wrong(), caplog)
    assert "the clock is wrong" in text
    assert "valid from 1970-01-01 00:00 UTC to" in text


def test_dates_that_do_not_fit_a_clock_that_is_right(
    serve: Serve, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    right = HandClock(wall_ms=round(NOW.timestamp() * 1000))
    text = complaint(serve(LONG_AGO), files(tmp_path), right, caplog)
    assert "the clock is wrong" not in text
    assert "have a new one issued: it is" in text
    assert "已过期" in text


def test_other_trouble_is_told_as_it_is(serve: Serve, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    text = complaint(serve(NOW, "gateway.example"), files(tmp_path), SystemClock(), caplog)
    assert "SSLCertVerificationError" in text
    assert "clock" not in text


def test_dates_that_nobody_shows_any_more() -> None:
    fault = ssl.SSLCertVerificationError("certificate verify failed")
    fault.verify_code = 9
    text = tls.told(fault, "127.0.0.1", unused_port(), ssl.create_default_context(), 5000, SystemClock().now())
    assert "the clock is wrong" in text
    assert "1970-01-01 00:00 UTC" in text


LINK = """
import logging, sys, time
from pathlib import Path
from edge.link.endpoint import Endpoint
from edge.link.mqtt import MqttLink
from edge.runtime.clock import SystemClock
logging.basicConfig(level=logging.INFO)
end = Endpoint("127.0.0.1", int(sys.argv[1]), "c", *map(Path, sys.argv[2:]))
link = MqttLink(end, SystemClock())
patience = time.monotonic() + 10
while not link.connected and time.monotonic() < patience:
    link.pump(0.1)
print(link.connected, time.gmtime().tm_year)
"""


@needs_gcc
@pytest.mark.parametrize(
    ("year", "connected", "said"),
    [
        (1970, True, "the clock is wrong (never set): certificate dates were not checked"),
        (2100, False, "it shows 2100"),
    ],
)
def test_a_process_that_lives_in_another_year(
    serve: Serve, tmp_path: Path, year: int, connected: bool, said: str
) -> None:
    clock, broker, mine = WrongClock(tmp_path), serve(NOW), files(tmp_path)
    clock.shows(datetime(year, 1, 2, tzinfo=UTC).timestamp())
    done = subprocess.run(
        [sys.executable, "-c", LINK, str(broker.port), str(mine.ca), str(mine.certificate), str(mine.key)],
        env={**os.environ, **clock.environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(connected), str(year)]
    assert said in done.stderr
    assert "Traceback" not in done.stderr
