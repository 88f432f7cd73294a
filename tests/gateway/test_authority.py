"""The certificate authority, its work looked at by openssl, which nobody here wrote."""

import os
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from clock_kit import WrongClock, needs_gcc

from gateway.authority import Authority, Bundle, WrongClockError, write_private

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def openssl(*arguments: str | Path) -> str:
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def verified(bundle: Bundle, purpose: str, *options: str) -> str:
    return openssl("verify", "-x509_strict", "-CAfile", bundle.ca, "-purpose", purpose, *options, bundle.certificate)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "ca", NOW)


def test_a_sites_certificate_is_good_for_a_client_of_that_name(authority: Authority, tmp_path: Path) -> None:
    site = authority.ensure_client(tmp_path / "pond", "site", "pond-1")
    assert "OK" in verified(site, "sslclient")
    assert "error" in verified(site, "sslserver").lower()
    told = openssl("x509", "-in", site.certificate, "-noout", "-subject", "-dates", "-text")
    assert "CN=pond-1" in told.replace("CN = ", "CN=")  # OpenSSL 3.0 writes spaces, 3.2 and later none
    assert "notBefore=Jan  1 00:00:00 1970 GMT" in told
    assert "notAfter=Feb 25 00:00:00 2029 GMT" in told
    assert "ASN1 OID: prime256v1" in told


def test_the_servers_certificate_carries_all_its_names(authority: Authority, tmp_path: Path) -> None:
    server = authority.ensure_server(tmp_path / "server", ("gateway.example", "10.1.2.3", "::1"))
    assert "OK" in verified(server, "sslserver", "-verify_hostname", "gateway.example")
    assert "OK" in verified(server, "sslserver", "-verify_ip", "10.1.2.3")
    assert "OK" in verified(server, "sslserver", "-verify_ip", "::1")
    assert "mismatch" in verified(server, "sslserver", "-verify_hostname", "elsewhere.example").lower()
    assert "error" in verified(server, "sslclient").lower()


@pytest.mark.parametrize(
    ("at", "good"), [(0, True), (1_577_836_800, True), (1_860_000_000, True), (1_870_000_000, False)]
)
def test_a_clock_that_was_never_set_still_connects_and_one_past_the_end_does_not(
    authority: Authority, tmp_path: Path, at: int, good: bool
) -> None:
    """1970, 2020, December 2028, April 2029."""
    site = authority.ensure_client(tmp_path / "pond", "site", "pond-1")
    assert ("OK" in verified(site, "sslclient", "-attime", str(at))) is good


def test_the_authority_lives_twenty_years_and_signs_nothing_but_leaves(authority: Authority) -> None:
    told = openssl("x509", "-in", authority.certificate, "-noout", "-text", "-dates")
    assert "notAfter=Nov 23 00:00:00 2046 GMT" in told
    assert "CA:TRUE, pathlen:0" in told
    assert "Certificate Sign, CRL Sign" in told


def test_keys_are_for_their_owner_alone_and_belong_to_their_certificates(authority: Authority, tmp_path: Path) -> None:
    site = authority.ensure_client(tmp_path / "pond", "site", "pond-1")
    for path in (site.key, authority.certificate.with_name("ca.key")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    public = openssl("x509", "-in", site.certificate, "-noout", "-pubkey")
    assert openssl("pkey", "-in", site.key, "-pubout") == public
    assert sorted(path.name for path in site.key.parent.iterdir()) == ["ca.crt", "site.crt", "site.key"]


def test_another_authority_is_not_believed(tmp_path: Path) -> None:
    ours, theirs = Authority(tmp_path / "ours", NOW), Authority(tmp_path / "theirs", NOW)
    site = theirs.ensure_client(tmp_path / "pond", "site", "pond-1")
    done = openssl("verify", "-CAfile", ours.certificate, site.certificate)
    assert "OK" not in done


def test_asking_again_changes_nothing(authority: Authority, tmp_path: Path) -> None:
    first = authority.ensure_client(tmp_path / "pond", "site", "pond-1")
    before = {path: path.read_bytes() for path in first.key.parent.iterdir()}
    ca = authority.certificate.read_bytes()
    again = Authority(tmp_path / "ca", NOW + timedelta(days=400))
    again.ensure_client(tmp_path / "pond", "site", "pond-1")
    assert {path: path.read_bytes() for path in first.key.parent.iterdir()} == before
    assert again.certificate.read_bytes() == ca


def test_a_certificate_near_its_end_is_renewed_for_the_same_key(authority: Authority, tmp_path: Path) -> None:
    site = authority.ensure_client(tmp_path / "pond", "site", "pond-1")
    certificate, key = site.certificate.read_bytes(), site.key.read_bytes()
    later = NOW + timedelta(days=800)
    Authority(tmp_path / "ca", later).ensure_client(tmp_path / "pond", "site", "pond-1")
    assert site.certificate.read_bytes() != certificate
    assert site.key.read_bytes() == key
    assert "OK" in verified(site, "sslclient", "-attime", str(round(later.timestamp()) + 800 * 86_400))


def test_other_names_and_another_authority_make_a_new_certificate(authority: Authority, tmp_path: Path) -> None:
    server = authority.ensure_server(tmp_path / "server", ("a.example",))
    authority.ensure_server(tmp_path / "server", ("a.example", "b.example"))
    assert "OK" in verified(server, "sslserver", "-verify_hostname", "b.example")
    Authority(tmp_path / "new", NOW).ensure_server(tmp_path / "server", ("a.example", "b.example"))
    assert server.ca.read_bytes() == (tmp_path / "new" / "ca.crt").read_bytes()
    assert "OK" in verified(server, "sslserver")


@pytest.mark.parametrize("lost", ["site.crt", "site.key", "ca.crt"])
def test_a_file_that_was_lost_is_made_again(authority: Authority, tmp_path: Path, lost: str) -> None:
    site = authority.ensure_client(tmp_path / "pond", "site", "pond-1")
    (tmp_path / "pond" / lost).unlink()
    authority.ensure_client(tmp_path / "pond", "site", "pond-1")
    assert "OK" in verified(site, "sslclient")
    public = openssl("x509", "-in", site.certificate, "-noout", "-pubkey")
    assert openssl("pkey", "-in", site.key, "-pubout") == public


def test_files_of_two_authorities_mixed_up_are_not_used(tmp_path: Path) -> None:
    Authority(tmp_path / "one", NOW)
    Authority(tmp_path / "two", NOW)
    (tmp_path / "one" / "ca.crt").write_bytes((tmp_path / "two" / "ca.crt").read_bytes())
    with pytest.raises(ValueError, match="don't belong together"):
        Authority(tmp_path / "one", NOW)


def test_a_key_of_another_kind_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "ca").mkdir()
    openssl("genpkey", "-algorithm", "ed25519", "-out", tmp_path / "ca" / "ca.key")
    with pytest.raises(TypeError, match="expected ECDSA"):
        Authority(tmp_path / "ca", NOW)


def test_a_file_is_written_whole_and_leaves_nothing_behind(tmp_path: Path) -> None:
    write_private(tmp_path / "deep" / "file", b"old")
    write_private(tmp_path / "deep" / "file", b"new")
    assert [(path.name, path.read_bytes()) for path in (tmp_path / "deep").iterdir()] == [("file", b"new")]


def test_a_clock_that_is_wrong_signs_nothing_and_leaves_what_there_is(tmp_path: Path) -> None:
    long_ago = datetime(1970, 1, 1, 0, 5, tzinfo=UTC)
    with pytest.raises(WrongClockError, match=r"the clock is wrong.*it shows 1970-01-01 00:05 UTC"):
        Authority(tmp_path / "ca", long_ago, since=NOW)
    Authority(tmp_path / "ca", NOW, since=NOW).ensure_client(tmp_path / "pond", "site", "pond-1")
    before = (tmp_path / "pond" / "site.crt").read_bytes()
    again = Authority(tmp_path / "ca", long_ago, since=NOW)
    again.ensure_client(tmp_path / "pond", "site", "pond-1")
    assert (tmp_path / "pond" / "site.crt").read_bytes() == before
    with pytest.raises(WrongClockError):
        again.ensure_client(tmp_path / "other", "site", "pond-2")


@needs_gcc
def test_the_operator_is_told_so(tmp_path: Path) -> None:
    clock = WrongClock(tmp_path)
    clock.shows(300)
    file = tmp_path / "gateway.toml"
    file.write_text('[gateway]\nid = "g"\ndir = "state"\n[[sites]]\nid = "pond-1"\nname = "pond"\n')
    for arguments in (["run"], ["issue", "pond-1", "--out", str(tmp_path / "out")]):
        done = subprocess.run(
            [sys.executable, "-m", "hil.cli", "gateway", *arguments, "--config", str(file)],
            env={**os.environ, **clock.environment},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 1
        assert "时钟不对" in done.stderr
        assert "it shows 1970-01-01 00:05 UTC" in done.stderr
        assert "Traceback" not in done.stderr
