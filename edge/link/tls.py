"""TLS on a machine whose clock may be wrong: what is checked then, and what is said of certificates out of their time.

OpenSSL judges a certificate's dates by the machine's wall clock. One that was never set can't judge, and a device that
didn't connect for that could never be told the time: then chain and name are checked, dates are not.
"""

import socket
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from edge.runtime.clock import BUILT_MS
from sensors.reading import ClockState, Stamp

NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME (X509_VERIFY_PARAM_set_flags(3)), for which Python has no name."""
OUT_OF_TIME = (9, 10)
"""X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED (X509_STORE_CTX_get_error(3))."""
PATIENCE_S = 10.0


def context(ca: Path, certificate: Path | None, key: Path | None, wall_ms: int) -> ssl.SSLContext:
    """How to check a server, and what to show it, where the machine's clock shows `wall_ms`; OSError for bad files."""
    made = ssl.create_default_context(cafile=str(ca))
    if certificate is not None:
        made.load_cert_chain(certificate, key)
    if wall_ms < BUILT_MS:
        made.verify_flags |= NO_CHECK_TIME
    return made


def remark(made: ssl.SSLContext | None) -> str:
    """What must be said of a connection that was made without looking at dates; else nothing."""
    if made is None or not made.verify_flags & NO_CHECK_TIME:
        return ""
    return (
        "；时钟不对（从未设置），未检查证书日期 / ; the clock is wrong (never set): certificate dates were not checked"
    )


def told(fault: OSError, host: str, port: int, made: ssl.SSLContext | None, wall_ms: int, at: Stamp) -> str:
    """A fault in words that tell a technician what to do; `at` is this moment as far as the program knows it."""
    dated = isinstance(fault, ssl.SSLCertVerificationError) and fault.verify_code in OUT_OF_TIME
    if made is None or not dated:
        return f"{type(fault).__name__}: {fault}"
    life = _life(host, port, made, wall_ms // 1000)
    if life is not None and at.clock is ClockState.SYNCHRONISED and not _within(life, at.wall_ms // 1000):
        return (
            f"证书已过期或尚未生效，请重新签发 / the certificate is out of its time, have a new one issued: it is"
            f" {_day(at.wall_ms // 1000)}, {_valid(life)}"
        )
    valid = "证书的有效期不含此时 / no time at which the certificate is valid" if life is None else _valid(life)
    return (
        f"时钟不对，请先校准本机时钟 / the clock is wrong, set this machine's clock first: it shows"
        f" {_day(wall_ms // 1000)}, {valid}"
    )


def _life(host: str, port: int, made: ssl.SSLContext, now_s: int) -> tuple[int, int] | None:
    """From when to when the certificate holds that is out of its time: the server's own, or an authority's."""
    made.verify_flags |= NO_CHECK_TIME
    found = [_dates(authority) for authority in made.get_ca_certs()]
    try:
        with (
            socket.create_connection((host, port), PATIENCE_S) as plain,
            made.wrap_socket(plain, server_hostname=host) as wrapped,
        ):
            found.insert(0, _dates(wrapped.getpeercert() or {}))
    except OSError:
        pass
    return next((life for life in found if life is not None and not _within(life, now_s)), None)


def _dates(certificate: Mapping[str, object]) -> tuple[int, int] | None:
    first, last = certificate.get("notBefore"), certificate.get("notAfter")
    if not (isinstance(first, str) and isinstance(last, str)):
        return None
    return ssl.cert_time_to_seconds(first), ssl.cert_time_to_seconds(last)


def _within(life: tuple[int, int], now_s: int) -> bool:
    return life[0] <= now_s <= life[1]


def _valid(life: tuple[int, int]) -> str:
    return f"证书有效期 / the certificate is valid from {_day(life[0])} to {_day(life[1])}"


def _day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
