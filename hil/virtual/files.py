"""The configuration files of the virtual site, written as a person would write them."""

from collections.abc import Sequence
from pathlib import Path

from hil.virtual.bench import LinePlan

SITE = "demo-farm"


def gateway_toml(folder: Path, broker_port: int, county_port: int, mode: str = "child") -> Path:
    """The gateway's file; its broker, archive and certificates go below `folder`."""
    return _written(
        folder / "gateway.toml",
        f"""\
[gateway]
id = "demo-gateway"
dir = "state"

[broker]
mode = "{mode}"
host = "127.0.0.1"
port = {broker_port}

[[sites]]
id = "{SITE}"
name = "演示养殖场"
division = "330521000000"

[county]
host = "127.0.0.1"
port = {county_port}
prefix = "county/1"
""",
    )


def site_toml(folder: Path, port: int, lines: Sequence[LinePlan], camera: str | None) -> Path:
    """The device's file: everything on `lines`, and one camera; certificates are in `folder`."""
    head = f"""\
[site]
id = "{SITE}"
name = "演示养殖场"
division = "330521000000"
state = "state"

[gateway]
host = "127.0.0.1"
port = {port}
ca = "certificates/ca.crt"
certificate = "certificates/site.crt"
key = "certificates/site.key"
"""
    buses = "".join(_bus(line) for line in lines)
    eye = f'\n[[cameras]]\nname = "field-north"\nsource = "{camera}"\nevery = "1s"\n' if camera else ""
    return _written(folder / "site.toml", head + buses + eye)


def _bus(line: LinePlan) -> str:
    name = Path(line.path).name
    text = f'\n[[buses]]\nname = "{name}"\nport = "{line.path}"\nbaudrate = {line.baudrate}\n'
    for slave in line.slaves:
        text += (
            f'\n[[buses.instruments]]\nname = "{name}-{slave.address}"\nprofile = "{slave.profile}"\n'
            f'address = {slave.address}\nevery = "{slave.every:g}s"\n'
        )
    return text


def _written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path
