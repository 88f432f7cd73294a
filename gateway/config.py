"""The gateway's configuration file: its tables, and what must agree between them."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from edge.runtime.settings import FilePath, read, resolved
from edge.wire.topics import SITE_ID
from sensors.duration import Duration
from sensors.fault import Fault
from sensors.strict import Strict

RESERVED = frozenset({"gateway"})
"""Common names that the gateway itself shows to the broker."""

Text = Annotated[str, Field(min_length=1)]
Port = Annotated[int, Field(ge=1, le=65535)]


class GatewayTable(Strict):
    """`[gateway]`: its name, and the folder in which everything that it keeps is made.

    `trust_clock_within`: how far off its clock may be, where the kernel doesn't know that it is synchronised (in some
    virtual machines) and the operator does. Without it, sites are then offered no time.
    """

    id: Text
    dir: FilePath
    trust_clock_within: Duration | None = None


class BrokerTable(Strict):
    """`[broker]`: the broker that the sites connect to.

    As a child, `host` is the address that it listens on and `names` are further names and addresses by which sites
    call it, for its certificate. An external one is only connected to.
    """

    mode: Literal["child", "external"] = "child"
    host: Text = "127.0.0.1"
    port: Port = 8883
    names: tuple[Text, ...] = ()
    program: FilePath | None = None


class SiteTable(Strict):
    """One of `[[sites]]`: a site that may connect; `division` is its code of administrative division."""

    id: Text
    name: Text
    division: str = ""


class CountyTable(Strict):
    """`[county]`: the county's broker, and below which topic it is told everything."""

    host: Text
    port: Port = 1883
    username: str = ""
    password_file: FilePath | None = None
    ca: FilePath | None = None
    prefix: Annotated[str, Field(pattern=r"^[^/+#\s]+(/[^/+#\s]+)*$")] = "county/1"


class Config(Strict):
    """`gateway.toml` as a whole. Without `[county]` nothing is forwarded."""

    gateway: GatewayTable
    broker: BrokerTable = BrokerTable()
    sites: tuple[SiteTable, ...] = ()
    county: CountyTable | None = None

    @property
    def archive(self) -> Path:
        """The archive's file."""
        return self.gateway.dir / "archive.db"

    @property
    def site_ids(self) -> frozenset[str]:
        """The sites that may connect."""
        return frozenset(site.id for site in self.sites)


def load(path: Path) -> Config | tuple[Fault, ...]:
    """The file with its paths resolved, or every fault of it."""
    config = read(path, Config)
    if isinstance(config, tuple):
        return config
    faults = (*_site_faults(path, config), *_county_faults(path, config))
    return faults or _resolved(path, config)


def check(path: Path) -> list[Fault]:
    """Every fault of the file, none for a good one."""
    config = load(path)
    return list(config) if isinstance(config, tuple) else []


def _site_faults(path: Path, config: Config) -> list[Fault]:
    times = Counter(site.id for site in config.sites)
    faults = []
    for index, site in enumerate(config.sites):
        key = f"sites[{index}].id"
        if not SITE_ID.fullmatch(site.id):
            faults.append(
                Fault(
                    str(path),
                    key,
                    repr(site.id),
                    "应为 1-32 个小写字母、数字或连字符，且不以连字符开头或结尾",
                    "expected 1-32 lower-case letters, digits or hyphens, no hyphen first or last",
                )
            )
        if site.id in RESERVED:
            faults.append(
                Fault(str(path), key, repr(site.id), "此名保留给网关，请换一个", "reserved for the gateway: rename")
            )
        if times[site.id] > 1:
            faults.append(
                Fault(str(path), key, repr(site.id), "站点编号重复，每个只能出现一次", "each site id may occur once")
            )
    return faults


def _county_faults(path: Path, config: Config) -> list[Fault]:
    county = config.county
    if county is None or (county.password_file is None) == (county.username == ""):
        return []
    missing = "username" if county.username == "" else "password_file"
    text = "用户名与密码文件须同时给出或都不给", "give both username and password_file, or neither"
    return [Fault(str(path), f"county.{missing}", "missing", *text)]


def _resolved(path: Path, config: Config) -> Config:
    gateway = config.gateway.model_copy(update={"dir": resolved(path, config.gateway.dir)})
    county = config.county
    if county is not None:
        county = county.model_copy(update=_paths(path, password_file=county.password_file, ca=county.ca))
    broker = config.broker.model_copy(update=_paths(path, program=config.broker.program))
    return config.model_copy(update={"gateway": gateway, "broker": broker, "county": county})


def _paths(base: Path, **paths: Path | None) -> dict[str, Path | None]:
    return {name: None if path is None else resolved(base, path) for name, path in paths.items()}
