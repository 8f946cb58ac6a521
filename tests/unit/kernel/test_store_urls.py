"""URLs of stores on other machines, once TLS is on."""

import ssl
from pathlib import Path
from typing import Any, cast

import psycopg.conninfo
import pytest
from redis.asyncio import Redis
from redis.asyncio.connection import SSLConnection

from cli.certificate import issue
from kernel.settings import Settings
from kernel.store_urls import UnencryptedStore, encrypted_cache_url, encrypted_database_url
from tests.support.tls import with_tls

AUTHORITIES = Path("/etc/our authorities/ca.pem")
FAR = "postgresql://admin:p%40ss@db.test:5432/promptsales"


def parameters(url: str) -> dict[str, Any]:
    """As libpq reads the URL."""
    return psycopg.conninfo.conninfo_to_dict(url)


def test_a_database_elsewhere_is_verified_over_tls_1_3() -> None:
    read = parameters(encrypted_database_url(FAR, AUTHORITIES))
    assert read["sslmode"] == "verify-full"
    assert read["sslrootcert"] == str(AUTHORITIES)
    assert read["ssl_min_protocol_version"] == "TLSv1.3"
    assert (read["user"], read["password"], read["host"]) == ("admin", "p@ss", "db.test")


def test_without_an_authority_of_ones_own_the_systems_are_trusted() -> None:
    assert parameters(encrypted_database_url(FAR, None))["sslrootcert"] == "system"


def test_what_a_database_url_states_itself_stays() -> None:
    stated = f"{FAR}?sslmode=require&application_name=a%20b"
    read = parameters(encrypted_database_url(stated, AUTHORITIES))
    assert read["sslmode"] == "require"
    assert read["application_name"] == "a b"
    assert read["ssl_min_protocol_version"] == "TLSv1.3"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://admin@127.0.0.1:8150/promptsales",
        "postgresql://admin@localhost/promptsales",
        "postgresql://admin@[::1]:8150/promptsales",
        "postgresql:///promptsales?host=/var/run/postgresql",
    ],
)
def test_a_database_on_this_machine_is_left_alone(url: str) -> None:
    assert encrypted_database_url(url, AUTHORITIES) == url


def test_a_host_in_the_query_is_elsewhere_too() -> None:
    read = parameters(encrypted_database_url("postgresql:///promptsales?host=db.test", AUTHORITIES))
    assert read["sslmode"] == "verify-full"


def test_a_cache_elsewhere_is_verified_over_tls_1_3(tmp_path: Path) -> None:
    authority = issue(tmp_path).authority
    url = encrypted_cache_url("rediss://:pass@cache.test:6379/0", authority)
    pool = Redis.from_url(url).connection_pool  # pyright: ignore[reportUnknownMemberType] - untyped in redis-py
    connection = cast("SSLConnection", pool.make_connection())
    assert isinstance(connection, SSLConnection)
    context = cast("ssl.SSLContext", connection.ssl_context.get())  # pyright: ignore[reportUnknownMemberType]
    assert context.minimum_version.name == "TLSv1_3"
    assert context.verify_mode.name == "CERT_REQUIRED"
    assert context.check_hostname


def test_an_unencrypted_cache_elsewhere_is_refused() -> None:
    with pytest.raises(UnencryptedStore, match="not encrypted") as refused:
        encrypted_cache_url("redis://:pass@cache.test:6379/0", None)
    assert "pass" not in str(refused.value)


def test_a_cache_on_this_machine_is_left_alone() -> None:
    assert encrypted_cache_url("redis://127.0.0.1:8151/0", None) == "redis://127.0.0.1:8151/0"


def test_only_with_tls_are_urls_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMPTSALES_DATABASE_ROLE_PASSWORD", "role")
    plain = Settings(database_url=FAR, redis_url="redis://cache.test")
    secured = with_tls(plain, issue(tmp_path))
    assert plain.admin_database_url() == FAR
    assert plain.cache_url() == "redis://cache.test"
    for url in (secured.admin_database_url(), secured.role_database_url("promptsales_ads")):
        assert parameters(url)["sslmode"] == "verify-full"
    with pytest.raises(UnencryptedStore):
        secured.cache_url()


def test_a_roles_own_url_is_encrypted_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMPTSALES_ADS_DATABASE_URL", FAR)
    secured = with_tls(Settings(), issue(tmp_path))
    assert parameters(secured.role_database_url("promptsales_ads"))["sslmode"] == "verify-full"
