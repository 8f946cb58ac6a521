"""`promptsales certificate`."""

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import PolicyBuilder, Store
from hypothesis import given
from hypothesis import strategies as st

from cli.certificate import CertificateExists, UnusableAuthority, alternative_name, issue
from cli.errors import WrongUsage
from tests.unit.cli.conftest import Command


def read(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_the_server_certificate_is_one_and_nothing_more(tmp_path: Path) -> None:
    issue(tmp_path, hosts=["shop.test", "10.0.0.7"])
    certificate = read(tmp_path / "server.pem")
    extensions = certificate.extensions
    public = certificate.public_key()
    assert isinstance(public, EllipticCurvePublicKey)
    assert isinstance(public.curve, SECP256R1)
    assert not extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert list(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [ExtendedKeyUsageOID.SERVER_AUTH]
    usage = extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert (usage.value.digital_signature, usage.value.key_cert_sign, usage.value.crl_sign) == (True, False, False)
    names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost", "shop.test"]
    addresses = [ipaddress.ip_address(address) for address in ("127.0.0.1", "::1", "10.0.0.7")]
    assert names.get_values_for_type(x509.IPAddress) == addresses
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc == timedelta(days=397)


def test_the_authority_signs_certificates_and_no_other_authority(tmp_path: Path) -> None:
    issue(tmp_path)
    extensions = read(tmp_path / "ca.pem").extensions
    constraints = extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert (constraints.value.ca, constraints.value.path_length) == (True, 0)
    usage = extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.key_cert_sign, usage.digital_signature) == (True, False)


def test_the_chain_passes_a_strict_verifier(tmp_path: Path) -> None:
    issue(tmp_path)
    verifier = PolicyBuilder().store(Store([read(tmp_path / "ca.pem")]))
    chain = verifier.build_server_verifier(x509.DNSName("localhost")).verify(read(tmp_path / "server.pem"), [])
    assert len(chain) == 2


def test_keys_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    issue(tmp_path / "new")
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "new").iterdir()}
    assert set(modes) == {"ca.pem", "ca-key.pem", "server.pem", "server-key.pem"}
    assert modes["ca-key.pem"] == modes["server-key.pem"] == 0o600
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


def test_a_certificate_is_replaced_only_by_force_and_the_authority_stays(tmp_path: Path) -> None:
    assert issue(tmp_path).new_authority
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(CertificateExists, match=r"server\.pem exists"):
        issue(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before

    assert not issue(tmp_path, hosts=["shop.test"], force=True).new_authority

    assert (tmp_path / "ca.pem").read_bytes() == before["ca.pem"]
    assert (tmp_path / "server.pem").read_bytes() != before["server.pem"]
    read(tmp_path / "server.pem").verify_directly_issued_by(read(tmp_path / "ca.pem"))


@pytest.mark.parametrize("flaw", ["expired", "key lost", "damaged"])
def test_an_authority_that_cannot_sign_is_replaced_only_by_force(tmp_path: Path, flaw: str) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=1095 if flaw == "expired" else 0)
    issue(tmp_path, now=long_ago)
    if flaw == "key lost":
        (tmp_path / "ca-key.pem").unlink()
    if flaw == "damaged":
        (tmp_path / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    for file in ("server.pem", "server-key.pem"):
        (tmp_path / file).unlink()
    with pytest.raises(UnusableAuthority):
        issue(tmp_path)
    assert issue(tmp_path, force=True).new_authority


def test_a_certificate_never_outlives_its_authority(tmp_path: Path) -> None:
    issue(tmp_path, now=datetime.now(UTC) - timedelta(days=1000))
    renewed = issue(tmp_path, force=True)
    assert renewed.expires_at == read(tmp_path / "ca.pem").not_valid_after_utc


@pytest.mark.parametrize("host", ["", "a b", "-x.test", "https://shop.test", "shop.test:8100", "a..b", "*", "ñ.test"])
def test_a_host_that_is_none_is_wrong_usage_and_nothing_is_written(tmp_path: Path, host: str) -> None:
    with pytest.raises(WrongUsage, match="neither a host name nor an address"):
        issue(tmp_path / "none", hosts=[host])
    assert not (tmp_path / "none").exists()


@given(st.text(max_size=40))
def test_any_text_is_a_host_or_wrong_usage(text: str) -> None:
    try:
        name = alternative_name(text.strip().lower())
    except WrongUsage:
        return
    assert str(name.value) == text.strip().lower() or isinstance(name, x509.IPAddress)


def test_the_command_prints_the_settings_to_use(tmp_path: Path, promptsales: Command) -> None:
    place = tmp_path / "a place"
    result = promptsales("certificate", "--directory", str(place), "--host", "shop.test")
    assert result.status == 0
    assert result.out.splitlines() == [
        f"export PROMPTSALES_TLS_CERT='{place}/server.pem'",
        f"export PROMPTSALES_TLS_KEY='{place}/server-key.pem'",
        f"export PROMPTSALES_TLS_CA='{place}/ca.pem'",
    ]
    assert f"NODE_EXTRA_CA_CERTS='{place}/ca.pem'" in result.err
    assert "shop.test" in result.err


def test_the_command_prints_json(tmp_path: Path, promptsales: Command) -> None:
    document = promptsales("certificate", "--directory", str(tmp_path), "--days", "3", "--json").document
    assert document["environment"]["PROMPTSALES_TLS_KEY"] == str(tmp_path / "server-key.pem")
    assert document["hosts"] == ["localhost", "127.0.0.1", "::1"]
    assert datetime.fromisoformat(document["expires_at"]) < datetime.now(UTC) + timedelta(days=3)


def test_the_data_directory_is_where_it_lies_unless_told_otherwise(
    tmp_path: Path, promptsales: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMPTSALES_DATA_DIR", str(tmp_path))
    assert promptsales("certificate", "--json").document["directory"] == str(tmp_path / "tls")
    again = promptsales("certificate")
    assert again.status == 1
    assert "--force" in again.err


def test_more_days_than_browsers_accept_are_wrong_usage(promptsales: Command) -> None:
    assert promptsales("certificate", "--days", "398").status == 2
