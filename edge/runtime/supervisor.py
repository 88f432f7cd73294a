"""Who starts threads, restarts them, and tells systemd that work is being done. The only broad `except` is here."""

import logging
import random
import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from edge.runtime.backoff import Backoff
from edge.runtime.systemd import Notifier
from edge.wire.messages import ServiceState
from sensors.clock import Clock

log = logging.getLogger(__name__)

MAX_RESTARTS, WITHIN_S = 5, 300.0


class Service(Protocol):
    """One piece of work with a thread of its own."""

    @property
    def name(self) -> str:
        """What the logs and health call it."""
        ...

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Work until `stop` is set; call `beat` after each finished piece of work.

        Whatever escapes is a bug: the supervisor logs it and starts `run` again.
        """
        ...


class _Post:
    """One service and what became of it so far."""

    def __init__(self, service: Service, clock: Clock) -> None:
        self.service = service
        self.clock = clock
        self.thread: threading.Thread | None = None
        self.beaten = clock.monotonic()
        self.failed_at: list[float] = []
        self.restarts = 0
        self.start_after = 0.0
        self.fault = ""

    def beat(self) -> None:
        self.beaten = self.clock.monotonic()

    def start(self, stop: threading.Event) -> None:
        self.beat()
        self.thread = threading.Thread(target=self._live, args=(stop,), name=self.service.name, daemon=True)
        self.thread.start()

    def _live(self, stop: threading.Event) -> None:
        try:
            self.service.run(stop, self.beat)
            self.fault = "" if stop.is_set() else "returned before it was told to stop"
        except Exception as fault:  # the one place: a bug here must not end the others
            log.exception("service %s failed", self.service.name)
            self.fault = f"{type(fault).__name__}: {fault}"

    @property
    def alive(self) -> bool:
        return self.thread is not None and self.thread.is_alive()

    def state(self) -> ServiceState:
        age = round((self.clock.monotonic() - self.beaten) * 1000)
        return ServiceState(self.service.name, self.alive, self.restarts, age, self.fault)


class Supervisor:
    """Runs services until told to stop, or until one fails too often."""

    def __init__(
        self,
        clock: Clock,
        notifier: Notifier,
        patience_s: float = 60.0,
        look_every_s: float = 0.5,
        backoff: Backoff | None = None,
    ) -> None:
        """`patience_s`: a service that finished nothing for longer keeps the watchdog from being fed."""
        self._posts: list[_Post] = []
        self._clock = clock
        self._notifier = notifier
        self._patience_s = patience_s
        self._look_every_s = look_every_s
        self._backoff = backoff or Backoff(first=1.0, longest=60.0)
        self._stuck: set[str] = set()

    def states(self) -> tuple[ServiceState, ...]:
        """How each service is, for health."""
        return tuple(post.state() for post in self._posts)

    def run(self, services: Sequence[Service], stop: threading.Event) -> int:
        """Start everything and stay; 0 when stopped, 1 when a service failed too often and systemd must help."""
        self._posts = [_Post(service, self._clock) for service in services]
        for post in self._posts:
            post.start(stop)
        self._notifier.ready()
        code = 0
        while not stop.wait(self._look_every_s):
            if not all(self._kept_alive(post, stop) for post in self._posts):
                code = 1
                stop.set()
            elif self._all_beating():
                self._notifier.alive()
        self._notifier.stopping()
        for post in self._posts:
            if post.thread is not None:
                post.thread.join(timeout=10)
        return code

    def _kept_alive(self, post: _Post, stop: threading.Event) -> bool:
        """Restart a service that ended; False once it ended too often."""
        now = self._clock.monotonic()
        if post.alive:
            return True
        if post.thread is not None:
            post.thread = None
            post.failed_at = [at for at in post.failed_at if now - at < WITHIN_S] + [now]
            if len(post.failed_at) > MAX_RESTARTS:
                log.error("service %s failed %d times in %.0f s: giving up", post.service.name, MAX_RESTARTS, WITHIN_S)
                return False
            post.start_after = now + self._backoff.wait(len(post.failed_at), random.random())
            log.warning("service %s ended (%s): restarting", post.service.name, post.fault)
        if now >= post.start_after:
            post.restarts += 1
            post.start(stop)
        return True

    def _all_beating(self) -> bool:
        now = self._clock.monotonic()
        stuck = {post.service.name for post in self._posts if now - post.beaten > self._patience_s}
        if stuck != self._stuck:
            log.warning("services without finished work for %.0f s: %s", self._patience_s, ", ".join(stuck) or "none")
            self._stuck = stuck
        return not stuck
