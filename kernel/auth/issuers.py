"""Whose tokens are believed: the embedded issuer, and others that the settings describe."""

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from kernel.auth.keys import RemoteKeys, discovered_from, is_safe_address, published_at
from kernel.auth.principal import Role
from kernel.auth.roles import Resource
from kernel.settings import NotConfigured, Settings

Algorithm = Literal["ES256", "ES384", "RS256", "PS256", "EdDSA", "Ed25519"]
TENANT = r"^[a-z0-9][a-z0-9-]{0,62}$"


class ClaimNames(BaseModel):
    """Where an issuer's tokens say it: a claim's name, or the way into an object, as in `realm_access.roles`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    subject: str = "sub"
    client: str = "client_id"
    tenant: str = "tenant"
    roles: str = "roles"
    scope: str = "scope"
    session: str = "sid"


class TrustedIssuer(BaseModel):
    """One entry of `PROMPTSALES_ISSUERS`, a JSON list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: str
    """Exactly as the tokens' `iss` has it: https, or http on this machine."""
    jwks_uri: str | None = None
    """Where its keys are; left out, the issuer's metadata says it."""
    algorithms: tuple[Algorithm, ...] = Field(default=("ES256", "RS256"), min_length=1)
    token_types: tuple[str, ...] = Field(default=("at+jwt",), min_length=1)
    """Accepted `typ` headers, lower case; `jwt` for issuers that do not tell access tokens from others."""
    claims: ClaimNames = ClaimNames()
    tenant: str | None = Field(default=None, pattern=TENANT)
    """The tenant of everybody whom this issuer knows, instead of a claim."""
    tenants: tuple[str, ...] | None = None
    """The tenants it may speak for; left out, any."""
    role_map: Mapping[str, Role] = {}
    """Its roles that mean one of ours. Roles without an entry mean nothing."""
    scopes: Literal["from_roles", "from_claim"] = "from_roles"
    """Whether a person's scopes are those of the roles, or what the scope claim names of them."""
    audience_map: Mapping[Resource, str] = {}
    """What `aud` has to name for a resource, where it is not the resource's URI."""
    services: Mapping[str, Literal["executor"]] = {}
    """Its clients that are one of our services: the only ones whose tokens may execute."""

    @field_validator("issuer", "jwks_uri")
    @classmethod
    def _safe(cls, url: str | None) -> str | None:
        if url is not None and not is_safe_address(url):
            raise ValueError("neither https nor http on this machine")
        return url

    @field_validator("token_types")
    @classmethod
    def _without_prefix(cls, types: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name.lower().removeprefix("application/") for name in types)

    @model_validator(mode="after")
    def _grants_something(self) -> "TrustedIssuer":
        if not self.role_map and not self.services and self.scopes == "from_roles":
            raise ValueError("no role_map: its tokens would carry no scope")
        return self

    def audience(self, resource: Resource, uri: str) -> str:
        """What a token's `aud` has to name at a resource."""
        return self.audience_map.get(resource, uri)

    def remote_keys(self, settings: Settings) -> RemoteKeys:
        return RemoteKeys(settings, published_at(self.jwks_uri) if self.jwks_uri else discovered_from(self.issuer))


def embedded_issuer(settings: Settings) -> TrustedIssuer:
    """The issuer that belongs to this system. Its scope claim is believed as it stands."""
    return TrustedIssuer.model_construct(
        issuer=settings.issuer, jwks_uri=f"{settings.issuer}/.well-known/jwks.json", algorithms=("ES256",)
    )


def other_issuers(settings: Settings) -> tuple[TrustedIssuer, ...]:
    """The issuers that the settings add. Raises NotConfigured for a description that does not hold."""
    try:
        others = tuple(TrustedIssuer.model_validate(entry) for entry in settings.issuers)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "entry"
        raise _misconfigured(f"{where}: {first['msg']}.") from error
    names = [*([settings.issuer] if settings.embedded_identity else []), *(other.issuer for other in others)]
    if len(set(names)) != len(names):
        raise _misconfigured("An issuer is named twice.")
    if not names:
        raise _misconfigured("No issuer is left to trust without the embedded one.")
    return others


def authorization_servers(settings: Settings) -> list[str]:
    """Every issuer whose tokens are accepted, the embedded one first."""
    own = [settings.issuer] if settings.embedded_identity else []
    return [*own, *(other.issuer for other in other_issuers(settings))]


def _misconfigured(message: str) -> NotConfigured:
    return NotConfigured(message, field="PROMPTSALES_ISSUERS", fix="Correct PROMPTSALES_ISSUERS.")
