"""From the claims of a signed token to a principal. Pure: the signature was checked before."""

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from kernel.auth.issuers import TENANT, TrustedIssuer
from kernel.auth.principal import Principal, Role, Scope
from kernel.auth.roles import EXECUTE, GATED_SERVERS, RESOURCE_SCOPES, Resource, scopes_of
from kernel.errors import Unauthenticated

SKEW_SECONDS = 5
_LATEST = 253_402_300_799  # the last second that a datetime can hold
_TENANT = re.compile(TENANT)
_IDENTIFIER = re.compile(r"[^\x00-\x1f\x7f]{1,255}")
_MAX_ACTORS = 8

Claims = Mapping[str, object]


class InvalidToken(Unauthenticated):
    """The token is missing, malformed, expired, revoked, or not for this service."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a token says."""

    principal: Principal
    issued_at: int
    """Seconds since the epoch; 0 when the token does not say."""


def read_own(claims: Claims, issuer: str, audience: str, token: str, now: float) -> Read:
    """A token of the embedded issuer, which says everything in our own terms. Raises InvalidToken."""
    expires_at, issued_at = _lifetime(claims, now)
    _require_audience(claims, audience)
    if issued_at is None:
        raise InvalidToken("The token does not say when it was issued.")
    principal = Principal(
        subject=_identifier(claims.get("sub"), "subject"),
        tenant=str(claims.get("tenant", "")),
        scopes=frozenset(str(claims.get("scope", "")).split()),
        roles=_texts(claims.get("roles")),
        client_id=str(claims.get("client_id", "")),
        actors=_actors(claims.get("act")),
        token_id=_identifier(claims.get("jti"), "id"),
        expires_at=expires_at,
        token=token,
        session=str(claims.get("sid", "")),
        issuer=issuer,
    )
    return Read(principal, issued_at)


def read_foreign(
    claims: Claims, issuer: TrustedIssuer, resource: Resource, audience: str, token: str, now: float
) -> Read:
    """A token of another issuer, put into our terms as its settings say. Raises InvalidToken."""
    expires_at, issued_at = _lifetime(claims, now)
    _require_audience(claims, issuer.audience(resource, audience))
    if "act" in claims:
        # Who may act for whom is decided here: what another issuer delegates would pass the limits of our exchange.
        raise InvalidToken("The token was delegated by another issuer.")
    names = issuer.claims
    subject = _identifier(_at(claims, names.subject), "subject")
    client = _at(claims, names.client)
    client_id = client if isinstance(client, str) else ""
    service = issuer.services.get(client_id)
    session, token_id = _at(claims, names.session), claims.get("jti")
    roles: tuple[Role, ...] = () if service else _roles(claims, issuer)
    principal = Principal(
        subject=subject,
        tenant="" if service else _tenant(claims, issuer),
        scopes=_service_scopes(resource) if service else _scopes(claims, issuer, roles, resource),
        roles=roles,
        client_id=service or client_id,
        actors=(),
        token_id=token_id if isinstance(token_id, str) else hashlib.sha256(token.encode()).hexdigest(),
        expires_at=expires_at,
        token=token,
        session=session if isinstance(session, str) else "",
        issuer=issuer.issuer,
    )
    return Read(principal, issued_at or 0)


def _scopes(claims: Claims, issuer: TrustedIssuer, roles: tuple[Role, ...], resource: Resource) -> frozenset[str]:
    """Never more than a person's own token can carry here; a scope claim that names scopes of ours narrows them."""
    carried: frozenset[Scope] = RESOURCE_SCOPES[resource] - {EXECUTE}
    stated = {scope for text in _texts(_at(claims, issuer.claims.scope)) for scope in text.split()}
    if issuer.scopes == "from_claim":
        limit = carried & scopes_of(roles) if issuer.role_map else carried
        return frozenset(limit & stated)
    allowed = carried & scopes_of(roles)
    known = {scope for scopes in RESOURCE_SCOPES.values() for scope in scopes}
    return frozenset(allowed & stated) if stated & known else frozenset[str](allowed)


def _service_scopes(resource: Resource) -> frozenset[str]:
    return frozenset({EXECUTE}) if resource in GATED_SERVERS else frozenset()


def _roles(claims: Claims, issuer: TrustedIssuer) -> tuple[Role, ...]:
    theirs = _texts(_at(claims, issuer.claims.roles))
    return tuple(dict.fromkeys(issuer.role_map[role] for role in theirs if role in issuer.role_map))


def _tenant(claims: Claims, issuer: TrustedIssuer) -> str:
    tenant = issuer.tenant or _at(claims, issuer.claims.tenant)
    if not isinstance(tenant, str) or not _TENANT.fullmatch(tenant):
        raise InvalidToken("The token names no tenant.")
    if issuer.tenants is not None and tenant not in issuer.tenants:
        raise InvalidToken("The token's issuer does not speak for its tenant.")
    return tenant


def _lifetime(claims: Claims, now: float) -> tuple[datetime, int | None]:
    """When a live token ends, and when it was issued if it says so."""
    expires, begins, issued = (_moment(claims, name) for name in ("exp", "nbf", "iat"))
    if expires is None:
        raise InvalidToken("The token has no valid lifetime.")
    if expires + SKEW_SECONDS <= now:
        raise InvalidToken("The token has expired.")
    if begins is not None and begins - SKEW_SECONDS > now:
        raise InvalidToken("The token is not valid yet.")
    if issued is not None and issued - SKEW_SECONDS > now:
        raise InvalidToken("The token was issued in the future.")
    return datetime.fromtimestamp(expires, UTC), issued


def _moment(claims: Claims, name: str) -> int | None:
    value = claims.get(name)
    if value is None:
        return None
    if type(value) not in (int, float) or not math.isfinite(number := cast("float", value)):
        raise InvalidToken("The token has no valid lifetime.")
    if not 0 <= number <= _LATEST:
        raise InvalidToken("The token has no valid lifetime.")
    return int(number)


def _require_audience(claims: Claims, audience: str) -> None:
    stated = claims.get("aud")
    if audience not in (cast("list[object]", stated) if isinstance(stated, list) else [stated]):
        raise InvalidToken("The token was issued for another resource.")


def _identifier(value: object, name: str) -> str:
    if not isinstance(value, str) or not _IDENTIFIER.fullmatch(value):
        raise InvalidToken(f"The token has no usable {name}.")
    return value


def _at(claims: Claims, path: str) -> object:
    """The claim of this name, which may itself have dots; else what the path leads to."""
    if path in claims:
        return claims[path]
    found = cast("object", claims)
    for step in path.split("."):
        if not isinstance(found, dict):
            return None
        found = cast("dict[str, object]", found).get(step)
    return found


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    listed = cast("list[object]", value) if isinstance(value, list) else []
    return tuple(entry for entry in listed if isinstance(entry, str))


def _actors(act: object) -> tuple[str, ...]:
    chain: list[str] = []
    while isinstance(act, dict) and len(chain) < _MAX_ACTORS:
        claim = cast("dict[str, object]", act)
        chain.append(str(claim.get("sub", "")))
        act = claim.get("act")
    return tuple(chain)
