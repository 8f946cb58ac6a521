"""Settings every process shares, from the environment (prefix `PROMPTSALES_`) and the data directory."""

import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, cast, get_args
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from kernel.errors import Unavailable
from kernel.store_urls import encrypted_cache_url, encrypted_database_url

Service = Literal[
    "orchestrator",
    "content",
    "ads",
    "crm",
    "analytics",
    "approvals",
    "hub",
    "identity",
    "sandbox",
    "postgres",
    "valkey",
]
SERVICES: tuple[Service, ...] = get_args(Service)
MCP_SERVERS: tuple[Service, ...] = ("content", "ads", "crm", "analytics")

_PORTS: dict[Service, int] = {
    "orchestrator": 8100,
    "content": 8101,
    "ads": 8102,
    "crm": 8103,
    "analytics": 8104,
    "approvals": 8110,
    "hub": 8120,
    "identity": 8130,
    "sandbox": 8140,
    "postgres": 8150,
    "valkey": 8151,
}


class NotConfigured(Unavailable):
    """A setting or a secret is missing."""


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="PROMPTSALES_", extra="ignore")

    data_dir: Path = Field(default=Path(__file__).parent.parent / ".promptsales")
    """Where the embedded stack keeps its data, keys and logs."""
    port_offset: int = Field(default=0, ge=0, le=57_000)
    """Added to every port, so that several systems can run on one machine."""
    database_url: str | None = None
    """An administrator's PostgreSQL URL; unset means the embedded server."""
    redis_url: str | None = None
    """A Redis or Valkey URL; unset means the embedded server."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    allowed_hosts: list[str] = []
    """Host headers accepted beside the service's own address (DNS-rebinding protection)."""
    trusted_proxies: list[str] = []
    """Addresses or networks of reverse proxies whose `X-Forwarded-For` and `-Proto` are believed; else nobody's are."""
    tls_cert: Path | None = None
    """A PEM certificate with its chain: every process serves HTTPS with it, TLS 1.3 only. Needs `tls_key`."""
    tls_key: Path | None = None
    """The certificate's private key, PEM without a passphrase."""
    tls_ca: Path | None = None
    """PEM certificates of authorities that calls between services trust beside the system's."""
    embedded_identity: bool = True
    """Trust the tokens of the issuer that belongs to this system (`issuer`)."""
    issuers: list[dict[str, Any]] = []
    """Other issuers to trust, as `kernel.auth.issuers.TrustedIssuer` describes them."""
    llm_base_url: str | None = None
    """An OpenAI-compatible endpoint; unset means that the playbook engine serves."""
    llm_model: str | None = None
    llm_api_key: str | None = None
    stdio_role: str | None = None
    """Role of the embedded identity that a server on stdio acts for."""
    dynamic_registration: bool = False
    """Whether OAuth clients may register themselves (RFC 7591). Metadata documents need no registration."""
    client_metadata_hosts: list[str] = []
    """`host` or `host:port` of OAuth clients' metadata documents that may be fetched though they are not public."""
    client_metadata_ca: Path | None = None
    """PEM certificates of authorities that vouch for such hosts, beside the system's."""

    @field_validator("tls_cert", "tls_key", "tls_ca", "client_metadata_ca", mode="before")
    @classmethod
    def _empty_is_unset(cls, path: object) -> object:
        return path or None

    @property
    def scheme(self) -> Literal["http", "https"]:
        """How services are called here. Raises NotConfigured when only one of certificate and key is named."""
        if (self.tls_cert is None) != (self.tls_key is None):
            missing, present = ("KEY", "CERT") if self.tls_cert else ("CERT", "KEY")
            raise NotConfigured(
                f"PROMPTSALES_TLS_{present} is set without PROMPTSALES_TLS_{missing}.",
                field=f"tls_{missing.lower()}",
                fix="Set both or neither. Make a pair with: promptsales certificate",
            )
        return "https" if self.tls_cert else "http"

    def port(self, service: Service) -> int:
        return _PORTS[service] + self.port_offset

    def url(self, service: Service) -> str:
        """Base URL of a service, without a trailing slash (`PROMPTSALES_ADS_URL` overrides)."""
        override = os.environ.get(f"PROMPTSALES_{service.upper()}_URL")
        return override.rstrip("/") if override else f"{self.scheme}://127.0.0.1:{self.port(service)}"

    def audience(self, service: Service) -> str:
        """The resource URI that tokens for a service carry in `aud` (RFC 8707)."""
        return f"{self.url(service)}/mcp" if service in MCP_SERVERS else self.url(service)

    @property
    def issuer(self) -> str:
        return self.url("identity")

    @property
    def keys_dir(self) -> Path:
        return self.data_dir / "keys"

    def key_file(self, name: str) -> Path:
        path = self.keys_dir / name
        if not path.exists():
            raise NotConfigured(
                f"{path} does not exist.", field="data_dir", fix="Start the system once with: promptsales up"
            )
        return path

    def secret(self, file: str, name: str) -> str:
        """One value of a JSON object of secrets in the key directory."""
        values = cast("dict[str, str]", json.loads(self.key_file(file).read_text()))
        if name not in values:
            raise NotConfigured(f"{file} holds no secret for {name!r}.", fix="Run: promptsales doctor")
        return values[name]

    def client_secret(self, client_id: str) -> str:
        """A service's OAuth client secret (`PROMPTSALES_CLIENT_SECRET_ADS` overrides the key directory)."""
        variable = f"PROMPTSALES_CLIENT_SECRET_{client_id.upper().replace('-', '_')}"
        return os.environ.get(variable) or self.secret("clients.json", client_id)

    def admin_database_url(self) -> str:
        """The URL migrations run with: may create schemas and roles."""
        if self.database_url:
            return self._encrypted_database(self.database_url)
        password = self.secret("database.json", "postgres")
        return f"postgresql://postgres:{password}@127.0.0.1:{self.port('postgres')}/promptsales"

    def role_password(self) -> str:
        """The password of the service roles (`PROMPTSALES_DATABASE_ROLE_PASSWORD` overrides)."""
        return os.environ.get("PROMPTSALES_DATABASE_ROLE_PASSWORD") or self.secret("database.json", "roles")

    def role_database_url(self, role: str) -> str:
        """The URL a service connects with, as its own role (`PROMPTSALES_ADS_DATABASE_URL` overrides)."""
        override = os.environ.get(f"{role.upper()}_DATABASE_URL")
        if override:
            return self._encrypted_database(override)
        parts = urlsplit(self.admin_database_url())
        address = parts.netloc.rpartition("@")[2]
        return urlunsplit(parts._replace(netloc=f"{role}:{quote(self.role_password(), safe='')}@{address}"))

    def cache_url(self) -> str:
        if self.redis_url:
            return encrypted_cache_url(self.redis_url, self.tls_ca) if self.scheme == "https" else self.redis_url
        password = self.secret("valkey.json", "default")
        return f"redis://:{password}@127.0.0.1:{self.port('valkey')}/0"

    def _encrypted_database(self, url: str) -> str:
        return encrypted_database_url(url, self.tls_ca) if self.scheme == "https" else url


@lru_cache
def get_settings() -> Settings:
    """The process's settings, read once."""
    return Settings()
