"""A small certificate authority: the only door to cryptography.

Validity begins on 1 January 1970: the start of a certificate's life protects nothing here, and a board whose clock was
never set can then still connect and be given the time. The end of life is what expires a lost box. Keys are ECDSA P-256
(RFC 5480), certificates X.509 v3 (RFC 5280) with the identifiers that strict verifiers ask for.
"""

import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from edge.runtime.files import settle

BEGIN = datetime(1970, 1, 1, tzinfo=UTC)
CA_LIFE = timedelta(days=20 * 365 + 5)
LEAF_LIFE = timedelta(days=825)
RENEW_BEFORE = timedelta(days=60)


class WrongClockError(Exception):
    """A certificate would have to be signed by a clock that is wrong: it would be over before anybody used it."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """Files in PEM form: what one side of a TLS connection needs."""

    ca: Path
    certificate: Path
    key: Path


class Authority:
    """The authority in a folder (`ca.crt`, `ca.key`); made if there is none."""

    def __init__(self, folder: Path, now: datetime, since: datetime = BEGIN) -> None:
        """Open or make it; it signs nothing while `now` is before `since`, for that clock can only be wrong.

        OSError where the folder can't be written, ValueError or TypeError where a file in it is damaged,
        WrongClockError where something would have to be signed.
        """
        self._now = now
        self._since = since
        self.certificate = folder / "ca.crt"
        self._key = _kept_key(folder / "ca.key")
        if not self.certificate.exists():
            write_private(self.certificate, _pem(self._root()))
        self._root_certificate = x509.load_pem_x509_certificate(self.certificate.read_bytes())
        if self._root_certificate.public_key() != self._key.public_key():
            raise ValueError(f"{folder}: ca.crt and ca.key don't belong together; restore both from one backup")

    def ensure_server(self, folder: Path, names: tuple[str, ...]) -> Bundle:
        """A server's certificate for these DNS names and addresses; renewed when they change or its end is near."""
        alternatives = x509.SubjectAlternativeName([_general_name(name) for name in names])
        return self._ensure(folder, "server", names[0], ExtendedKeyUsageOID.SERVER_AUTH, alternatives)

    def ensure_client(self, folder: Path, name: str, common_name: str) -> Bundle:
        """A client's certificate in `<name>.crt` and `<name>.key`; renewed when its end is near."""
        return self._ensure(folder, name, common_name, ExtendedKeyUsageOID.CLIENT_AUTH, None)

    def _ensure(
        self,
        folder: Path,
        name: str,
        common_name: str,
        usage: x509.ObjectIdentifier,
        alternatives: x509.SubjectAlternativeName | None,
    ) -> Bundle:
        bundle = Bundle(folder / "ca.crt", folder / f"{name}.crt", folder / f"{name}.key")
        key = _kept_key(bundle.key)
        if not self._serves(bundle.certificate, key, common_name, alternatives):
            write_private(bundle.certificate, _pem(self._leaf(key.public_key(), common_name, usage, alternatives)))
        root = self.certificate.read_bytes()
        if not bundle.ca.exists() or bundle.ca.read_bytes() != root:
            write_private(bundle.ca, root)
        return bundle

    def _serves(
        self,
        path: Path,
        key: ec.EllipticCurvePrivateKey,
        common_name: str,
        alternatives: x509.SubjectAlternativeName | None,
    ) -> bool:
        """Is there a certificate that is ours, for this key and these names, and not near its end?"""
        if not path.exists():
            return False
        found = x509.load_pem_x509_certificate(path.read_bytes())
        kept = [extension.value for extension in found.extensions]
        return (
            found.issuer == self._root_certificate.subject
            and found.public_key() == key.public_key()
            and found.subject == _name(common_name)
            and found.not_valid_after_utc - self._now > RENEW_BEFORE
            and (alternatives is None or alternatives in kept)
        )

    def _signing(self) -> datetime:
        """The time, where it may be one to sign by."""
        if self._now < self._since:
            raise WrongClockError(
                f"时钟不对，请先校准时钟再签发证书 / the clock is wrong, set it before certificates are issued:"
                f" it shows {self._now:%Y-%m-%d %H:%M} UTC, and this program was made after {self._since:%Y-%m-%d}"
            )
        return self._now

    def _root(self) -> x509.Certificate:
        name = _name(f"Luxi CA {secrets.token_hex(4)}")
        public = self._key.public_key()
        return (
            _builder(name, name, public, self._signing() + CA_LIFE)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    def _leaf(
        self,
        public: ec.EllipticCurvePublicKey,
        common_name: str,
        usage: x509.ObjectIdentifier,
        alternatives: x509.SubjectAlternativeName | None,
    ) -> x509.Certificate:
        issuer = self._root_certificate
        builder = (
            _builder(_name(common_name), issuer.subject, public, self._signing() + LEAF_LIFE)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
        )
        if alternatives is not None:
            builder = builder.add_extension(alternatives, critical=False)
        return builder.sign(self._key, hashes.SHA256())


def write_private(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, readable only by its owner, and on the disk when this returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    new.replace(path)
    settle(path.parent)


def _kept_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """The key in a file, made if there is none."""
    if not path.exists():
        made = ec.generate_private_key(ec.SECP256R1())
        pem = made.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        write_private(path, pem)
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path}: found a key of another kind; expected ECDSA (remove it and a new one is made)")
    return key


def _builder(
    subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(BEGIN)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
