"""What a certificate must be to be served with, and what addresses become once there is one."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from cli.certificate import Issued, issue
from cli.stack.plan import child_environment
from kernel.settings import NotConfigured, Settings
from kernel.tls import UnusableCertificate, client_context, server_context
from tests.support.tls import with_tls

CERT, KEY, CA = "PROMPTSALES_TLS_CERT", "PROMPTSALES_TLS_KEY", "PROMPTSALES_TLS_CA"
PEM_OF_NOTHING = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"


@pytest.fixture
def issued(tmp_path: Path) -> Issued:
    return issue(tmp_path / "tls")


@pytest.fixture
def other(tmp_path: Path) -> Issued:
    """A certificate of another authority."""
    return issue(tmp_path / "other")


def test_a_certificate_makes_every_address_https(issued: Issued) -> None:
    plain, secured = Settings(), with_tls(Settings(), issued)
    assert plain.url("hub") == f"http://127.0.0.1:{plain.port('hub')}"
    assert secured.url("hub") == f"https://127.0.0.1:{plain.port('hub')}"
    assert secured.audience("ads") == f"https://127.0.0.1:{plain.port('ads')}/mcp"
    assert secured.issuer.startswith("https://")


def test_an_address_of_ones_own_still_wins(issued: Issued, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMPTSALES_HUB_URL", "https://hub.test/")
    assert with_tls(Settings(), issued).url("hub") == "https://hub.test"


@pytest.mark.parametrize(("present", "missing"), [("tls_cert", "KEY"), ("tls_key", "CERT")])
def test_half_a_pair_is_refused_by_the_name_of_the_other_half(issued: Issued, present: str, missing: str) -> None:
    half = Settings().model_copy(update={present: issued.directory / "server.pem"})
    with pytest.raises(NotConfigured, match=f"without PROMPTSALES_TLS_{missing}") as refused:
        half.url("hub")
    assert refused.value.field == f"tls_{missing.lower()}"


def test_empty_variables_mean_no_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (CERT, KEY, CA):
        monkeypatch.setenv(name, "")
    assert Settings().scheme == "http"
    assert server_context(Settings(), "hub") is None


def test_a_good_certificate_is_served(issued: Issued) -> None:
    context = server_context(with_tls(Settings(), issued), "hub")
    assert context is not None
    assert context.minimum_version.name == "TLSv1_3"


def expect_refusal(settings: Settings, field: str, words: str) -> None:
    with pytest.raises(UnusableCertificate, match=words) as refused:
        server_context(settings, "hub")
    assert refused.value.field == field
    assert refused.value.fix


@pytest.mark.parametrize(("setting", "file"), [(CERT, "server.pem"), (KEY, "server-key.pem"), (CA, "ca.pem")])
def test_a_file_that_is_not_there_is_named_with_its_setting(issued: Issued, setting: str, file: str) -> None:
    (issued.directory / file).unlink()
    field = setting.removeprefix("PROMPTSALES_").lower()
    expect_refusal(with_tls(Settings(), issued), field, rf"{setting} \(.*{file}\) cannot be used: it cannot be read")


@pytest.mark.parametrize(("setting", "file"), [(CERT, "server.pem"), (KEY, "server-key.pem"), (CA, "ca.pem")])
def test_a_file_of_something_else_is_named_with_its_setting(issued: Issued, setting: str, file: str) -> None:
    (issued.directory / file).write_text("hello")
    expect_refusal(with_tls(Settings(), issued), setting.removeprefix("PROMPTSALES_").lower(), "holds no PEM block")


@pytest.mark.parametrize(("field", "file"), [("tls_cert", "server.pem"), ("tls_ca", "ca.pem")])
def test_a_damaged_certificate_is_refused(issued: Issued, field: str, file: str) -> None:
    (issued.directory / file).write_text(PEM_OF_NOTHING)
    expect_refusal(with_tls(Settings(), issued), field, "damaged")


def test_the_key_of_another_certificate_is_refused(issued: Issued, other: Issued) -> None:
    mixed = with_tls(Settings(), issued).model_copy(update={"tls_key": other.directory / "server-key.pem"})
    expect_refusal(mixed, "tls_key", f"is not the key of {CERT}")


def test_a_key_with_a_passphrase_is_refused_without_asking_for_it(issued: Issued) -> None:
    file = issued.directory / "server-key.pem"
    key = load_pem_private_key(file.read_bytes(), password=None)
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")))
    expect_refusal(with_tls(Settings(), issued), "tls_key", "needs a passphrase")


@pytest.mark.parametrize(("days_ago", "words"), [(398, "has expired"), (-2, "not valid yet")])
def test_a_certificate_outside_its_time_is_refused(tmp_path: Path, days_ago: int, words: str) -> None:
    made = issue(tmp_path / "tls", now=datetime.now(UTC) - timedelta(days=days_ago))
    expect_refusal(with_tls(Settings(), made), "tls_cert", words)


@pytest.mark.parametrize("host", ["shop.test", "10.1.2.3"])
def test_a_certificate_that_does_not_cover_the_host_is_refused(
    issued: Issued, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMPTSALES_HUB_URL", f"https://{host}:8120")
    expect_refusal(with_tls(Settings(), issued), "tls_cert", f"does not cover {host}")


def test_a_certificate_made_for_a_host_covers_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMPTSALES_HUB_URL", "https://hub.shop.test")
    made = issue(tmp_path / "tls", hosts=["*.shop.test"])
    assert server_context(with_tls(Settings(), made), "hub") is not None


def test_a_certificate_of_an_authority_that_is_not_trusted_is_refused(issued: Issued, other: Issued) -> None:
    secured = with_tls(Settings(), issued)
    for authority in (None, other.authority):
        expect_refusal(secured.model_copy(update={"tls_ca": authority}), "tls_ca", "No authority that is trusted here")


def test_clients_speak_nothing_older_and_always_verify(issued: Issued) -> None:
    context = client_context(issued.authority)
    assert context.minimum_version.name == "TLSv1_3"
    assert context.check_hostname
    assert context.verify_mode.name == "CERT_REQUIRED"


def test_children_get_paths_that_hold_in_any_directory(
    issued: Issued, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(CA, "of another system")
    relative = Settings(tls_cert=Path("tls/server.pem"), tls_key=Path("tls/server-key.pem"), tls_ca=None)
    environment = child_environment(relative)
    assert environment[CERT] == str(issued.directory / "server.pem")
    assert environment[KEY] == str(issued.directory / "server-key.pem")
    assert CA not in environment
