"""The gateway as a whole: read top to bottom, it is the way of the data from the sites to the county."""

import logging
import os
import socket
import sqlite3
import threading
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from edge.link.endpoint import Endpoint
from edge.link.mqtt import MqttLink
from edge.runtime.alone import AlreadyRunningError, alone
from edge.runtime.backoff import Backoff
from edge.runtime.clock import BUILT_MS, SystemClock
from edge.runtime.supervisor import Service, Supervisor
from edge.runtime.systemd import Notifier
from gateway import time_offers
from gateway.archive.queries import legend
from gateway.archive.records import RecordStore
from gateway.archive.store import Archive, Platform
from gateway.authority import Authority, Bundle, WrongClockError
from gateway.broker import BrokerService, Listener, find_program
from gateway.config import BrokerTable, Config, CountyTable
from gateway.county_mqtt import CountyTopics
from gateway.ingest import LISTENS, Ingest
from gateway.legends import Legends
from gateway.outbox import Forwarder, Outbox
from gateway.recorder import Recorder
from gateway.tap import Tap, listen
from gateway.time_offers import TimeOffers
from sensors.clock import Clock

log = logging.getLogger(__name__)

COUNTY = "county"
BUILT = datetime.fromtimestamp(BUILT_MS / 1000, UTC)
SESSION_S = 60
"""So long the sites' broker keeps what comes while the gateway is started again."""
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what to call a listener that listens everywhere


class StartError(Exception):
    """The gateway can't be started; says why in Chinese and English."""


@dataclass(frozen=True, slots=True)
class Identities:
    """The certificates of the gateway itself."""

    server: Bundle
    client: Bundle


def run(config: Config, stop: threading.Event) -> int:
    """Run the gateway until told to stop; 0 then, 1 when a service failed too often. StartError if it can't start."""
    try:
        with alone(config.gateway.dir, "gateway"):
            return _run(config, stop)
    except (AlreadyRunningError, WrongClockError) as fault:
        raise StartError(str(fault)) from fault
    except OSError as fault:
        folder = config.gateway.dir
        raise StartError(f"文件夹无法使用 / the folder can't be used: {folder}: {fault}") from fault


def _run(config: Config, stop: threading.Event) -> int:
    clock = SystemClock()
    identities = certified(config)
    platforms: dict[str, Platform] = {}
    if config.county is not None:
        platforms[COUNTY] = CountyTopics(config.county.prefix)
    with ExitStack() as kept:
        archive = kept.enter_context(closing(_archive(config.archive, platforms)))
        ingest_link = _sites_link(config, identities.client, clock, LISTENS, session_s=SESSION_S)
        services: list[Service] = [Ingest(ingest_link, archive, config.site_ids, clock)]
        services.append(_time_offers(config, identities.client, clock))
        records = kept.enter_context(closing(RecordStore(config.archive, platforms)))
        services.append(Recorder(records, clock))
        if config.county is not None:
            outbox = kept.enter_context(closing(Outbox(config.archive, COUNTY)))
            services.append(Forwarder(outbox, _county_link(config.gateway.id, config.county, clock), clock, COUNTY))
        if config.broker.mode == "child":
            services.append(_broker(config, identities.server, clock))
        return Supervisor(clock, Notifier()).run(services, stop)


def _archive(path: Path, platforms: dict[str, Platform]) -> Archive:
    try:
        return Archive(path, platforms)
    except (OSError, sqlite3.Error) as fault:
        raise StartError(f"存档无法打开 / the archive can't be opened: {path}: {fault}") from fault


def certified(config: Config) -> Identities:
    """The authority and the gateway's own certificates, made or renewed as need be."""
    authority, folder = _authority(config), config.gateway.dir / "certs"
    return Identities(
        server=authority.ensure_server(folder / "server", server_names(config.broker)),
        client=authority.ensure_client(folder / "gateway", "gateway", "gateway"),
    )


def issued(config: Config, site: str, folder: Path) -> Bundle:
    """A site's certificate, key and authority in a folder to carry to the site; renewed when its end is near."""
    try:
        return _authority(config).ensure_client(folder, "site", site)
    except WrongClockError as fault:
        raise StartError(str(fault)) from fault
    except OSError as fault:
        raise StartError(f"文件夹无法写入 / the folder can't be written: {folder}: {fault.strerror}") from fault


def _authority(config: Config) -> Authority:
    folder = config.gateway.dir / "ca"
    try:
        return Authority(folder, datetime.now(UTC), BUILT)
    except OSError as fault:
        raise StartError(f"证书文件夹不可用 / the folder of certificates is of no use: {folder}: {fault}") from fault
    except (ValueError, TypeError) as fault:
        raise StartError(f"证书文件损坏 / a certificate's file is damaged: {fault}") from fault


def tap(config: Config, topic: str, stop: threading.Event, count: int | None) -> int:
    """Show what passes on a topic until told to stop or `count` messages came; the exit status. StartError where the
    gateway's certificate isn't there or can't be read."""
    names = ("ca.crt", "gateway.crt", "gateway.key")
    bundle = Bundle(*(config.gateway.dir / "certs" / "gateway" / name for name in names))
    if not os.access(bundle.key, os.R_OK):
        raise StartError(
            f"网关证书不存在或无权读取（网关运行过吗？需要 sudo 吗？）/ the gateway's certificate isn't there or can't"
            f" be read (did the gateway run? does it take sudo?): {bundle.key}"
        )
    link = _sites_link(config, bundle, SystemClock(), topic, suffix=f".tap-{os.getpid()}")
    return listen(link, Tap(Legends(partial(legend, config.archive))), stop, count)


def server_names(broker: BrokerTable) -> tuple[str, ...]:
    """All names by which the broker may be called, without repetition."""
    bound = () if broker.host in ANYWHERE else (broker.host,)
    return tuple(dict.fromkeys((*broker.names, *bound, "localhost", socket.gethostname(), "127.0.0.1", "::1")))


def _time_offers(config: Config, bundle: Bundle, clock: Clock) -> TimeOffers:
    """Without a session: what was asked while nobody listened is asked again."""
    trusted = config.gateway.trust_clock_within
    link = _sites_link(config, bundle, clock, time_offers.LISTENS, suffix=".time")
    return TimeOffers(link, config.site_ids, clock, None if trusted is None else round(trusted * 1000))


def _sites_link(
    config: Config, bundle: Bundle, clock: Clock, listens: str, *, suffix: str = "", session_s: int = 0
) -> MqttLink:
    host = ANYWHERE.get(config.broker.host, config.broker.host)
    endpoint = Endpoint(
        host,
        config.broker.port,
        config.gateway.id + suffix,
        bundle.ca,
        bundle.certificate,
        bundle.key,
        session_s=session_s,
        accepts=session_s > 0,
    )
    return MqttLink(endpoint, clock, (listens,), backoff=Backoff(first=0.2, longest=10.0))


def _county_link(name: str, county: CountyTable, clock: Clock) -> MqttLink:
    endpoint = Endpoint(
        county.host,
        county.port,
        name,
        county.ca,
        username=county.username,
        password="" if county.password_file is None else _secret(county.password_file),
    )
    return MqttLink(endpoint, clock)


def _secret(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except OSError as fault:
        raise StartError(f"密码文件无法读取 / the password file can't be read: {path}: {fault.strerror}") from fault


def _broker(config: Config, bundle: Bundle, clock: Clock) -> BrokerService:
    program = find_program(config.broker.program)
    if program is None:
        raise StartError(
            "找不到 mosquitto，请安装（apt-get install mosquitto）或在 [broker] program 中给出路径 / mosquitto was not"
            " found: install it (apt-get install mosquitto), or name its path in [broker] program"
        )
    listener = Listener(config.broker.host, config.broker.port, config.gateway.dir / "broker", bundle)
    return BrokerService(program, listener, clock)
