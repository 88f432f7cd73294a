"""Mosquitto's configuration, and mosquitto as a child process that is started again whenever it ends."""

import logging
import os
import pwd
import shutil
import subprocess
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from edge.runtime.backoff import Backoff
from edge.wire.squeeze import MAX_BODY
from edge.wire.topics import ROOT
from gateway.authority import Bundle, write_private
from sensors.clock import Clock

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.2
FAREWELL_S = 0.3
PLACES = "/usr/sbin:/usr/local/sbin:/usr/local/bin:/usr/bin"

ACCESS = f"""\
pattern write {ROOT}/%u/up/#
pattern read {ROOT}/%u/down/#
pattern read {ROOT}/%u/up/online/#

user gateway
topic read {ROOT}/+/up/#
topic readwrite {ROOT}/+/down/#
"""
"""Who may do what, by the common name of the certificate: a site its own branch, the gateway the other end of all."""


@dataclass(frozen=True, slots=True)
class Listener:
    """What one mosquitto is told: where to listen and whom to let in.

    With `tls` (a server's files) it asks for client certificates and holds them to `ACCESS`; with `passwords` (a file
    made by `write_passwords`) for those; with neither it lets everybody in, which is for a loopback address alone.
    """

    host: str
    port: int
    folder: Path
    tls: Bundle | None = None
    passwords: Path | None = None


def configuration(listener: Listener, user: str) -> str:
    """The text of mosquitto.conf (mosquitto.conf(5), version 2.0); `user` is who it runs as.

    Queues are unbounded, because the default of 1000 messages drops silently; what bounds them is the senders' windows.
    """
    general = f"""\
user {user}
per_listener_settings false
persistence true
persistence_location {listener.folder / "data"}/
autosave_interval 15
persistent_client_expiration 1d
max_queued_messages 0
max_queued_bytes 0
max_inflight_messages 100
max_packet_size {MAX_BODY + 65536}
set_tcp_nodelay true
log_dest stderr
log_type error
log_type warning
listener {listener.port} {listener.host}
"""
    if listener.tls is None:
        if listener.passwords is None:
            return general + "allow_anonymous true\n"
        return general + f"allow_anonymous false\npassword_file {listener.passwords}\n"
    return (
        general
        + f"""\
allow_anonymous false
cafile {listener.tls.ca}
certfile {listener.tls.certificate}
keyfile {listener.tls.key}
tls_version tlsv1.2
require_certificate true
use_identity_as_username true
acl_file {listener.folder / "acl"}
"""
    )


def prepare(listener: Listener) -> Path:
    """Write what mosquitto needs, and say where its configuration is; OSError where that can't be done."""
    (listener.folder / "data").mkdir(parents=True, exist_ok=True)
    if listener.tls is not None:
        write_private(listener.folder / "acl", ACCESS.encode())
    path = listener.folder / "mosquitto.conf"
    # Root keeps being root here: mosquitto would otherwise become a user who may read none of these files.
    write_private(path, configuration(listener, pwd.getpwuid(os.getuid()).pw_name).encode())
    return path


def write_passwords(path: Path, passwords: Mapping[str, str]) -> None:
    """A password file for `Listener`, hashed by mosquitto_passwd(1) in place, so that none shows in a process list."""
    write_private(path, "".join(f"{user}:{password}\n" for user, password in passwords.items()).encode())
    subprocess.run(["mosquitto_passwd", "-U", str(path)], check=True, capture_output=True)


def find_program(configured: Path | None = None) -> Path | None:
    """Where mosquitto is: as configured, on the PATH, or where Debian keeps it; None if it is nowhere."""
    if configured is not None:
        return configured if os.access(configured, os.X_OK) else None
    found = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:{PLACES}")
    return None if found is None else Path(found)


class BrokerService:
    """A service: keeps one mosquitto running. `log_file` takes what it says; without one it goes to our own stderr."""

    def __init__(
        self, program: Path, listener: Listener, clock: Clock, log_file: Path | None = None, name: str = "broker"
    ) -> None:
        self.name = name
        self.pid: int | None = None
        self._program = program
        self._listener = listener
        self._clock = clock
        self._log_file = log_file
        self._backoff = Backoff(first=0.5, longest=30.0)

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Start it, start it again when it ends, stop it in order when told to; OSError where it can't be started."""
        command = _tied([str(self._program), "-c", str(prepare(self._listener))])
        failures, trouble = 0, ""
        while not stop.is_set():
            started = self._clock.monotonic()
            ending = self._live(command, stop, beat)
            if stop.is_set():
                return
            failures = 1 if self._clock.monotonic() - started > 60 else failures + 1
            if failures == 1 or ending != trouble:
                log.warning("mosquitto on port %d ended (%s): starting it again", self._listener.port, ending)
            trouble = ending
            self._rest(self._backoff.wait(failures, 0.0), stop, beat)

    def _live(self, command: list[str], stop: threading.Event, beat: Callable[[], None]) -> str:
        """One life of the child; how it ended."""
        # The group of its own keeps a Ctrl-C on the terminal from it: we say when the broker goes.
        with _sink(self._log_file) as sink, subprocess.Popen(command, stderr=sink, process_group=0) as child:
            self.pid = child.pid
            while child.poll() is None and not stop.wait(LOOK_EVERY_S):
                beat()
            if child.poll() is None:
                self._clock.sleep(FAREWELL_S)  # its clients, our own services, take their leave first
                _end(child)
            self.pid = None
            code = child.returncode
            return f"signal {-code}" if code < 0 else f"status {code}"

    def _rest(self, seconds: float, stop: threading.Event, beat: Callable[[], None]) -> None:
        until = self._clock.monotonic() + seconds
        while self._clock.monotonic() < until and not stop.wait(LOOK_EVERY_S):
            beat()


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(timeout=5)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _sink(path: Path | None) -> AbstractContextManager[BinaryIO | None]:
    return nullcontext() if path is None else path.open("ab")


def _tied(command: list[str]) -> list[str]:
    """The command as one that ends when we are killed: an orphan would keep the port from its successor."""
    tie = shutil.which("setpriv", path=PLACES)
    return command if tie is None else [tie, "--pdeathsig", "TERM", "--", *command]
