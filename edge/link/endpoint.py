"""Where a broker is, and how one shows who one is."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a broker is and how one shows who one is; paths are files in PEM form, empty for none. With `accepts` what
    comes in counts as delivered only when `MqttLink.accept` is called."""

    host: str
    port: int
    client_id: str
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    username: str = ""
    password: str = field(default="", repr=False)
    session_s: int = 0
    accepts: bool = False
    keepalive_s: int = 30
