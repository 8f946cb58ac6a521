"""The issuer's tokens and its clients' assertions as JWT claims: written, and read back with every claim checked.

The signature is verified before anything here is believed; times are whole seconds since the epoch.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import cast

from identity.domain import Family, Issue, SubjectToken
from identity.errors import AssertionInvalid, SubjectTokenInvalid

ASSERTION_SECONDS = 60
ID_TOKEN_SECONDS = 300
_SKEW_SECONDS = 5
_IDENTIFIER = re.compile(r"[!-~]{1,200}")

Claims = dict[str, object]


@dataclass(frozen=True, slots=True)
class Assertion:
    """What a client states about a user, for one use (RFC 7523)."""

    subject: str
    tenant: str | None
    """None when the claim is left out: the operator's is meant."""
    assertion_id: str
    expires_at: int


def access_token_claims(issue: Issue, *, issuer: str, audience: str, token_id: str) -> Claims:
    """The claims of an RFC 9068 access token."""
    claims: Claims = {
        "iss": issuer,
        "sub": issue.subject,
        "aud": audience,
        "scope": " ".join(sorted(issue.scopes)),
        "roles": list(issue.roles),
        "client_id": issue.client_id,
        "jti": token_id,
        "iat": issue.issued_at,
        "exp": issue.expires_at,
    }
    if issue.tenant is not None:
        claims["tenant"] = issue.tenant
    if issue.session:
        claims["sid"] = issue.session
    if issue.actors:
        claims["act"] = _nested(issue.actors)
    return claims


def id_token_claims(family: Family, *, issuer: str, nonce: str | None, now: int) -> Claims:
    """The claims of an OpenID Connect ID token, for the client of a family."""
    claims: Claims = {
        "iss": issuer,
        "sub": global_subject(family.tenant, family.subject),
        "aud": family.client_id,
        "iat": now,
        "exp": now + ID_TOKEN_SECONDS,
        "auth_time": family.signed_in_at,
        "sid": family.family_id,
        "tenant": family.tenant,
    }
    if nonce is not None:
        claims["nonce"] = nonce
    return claims


def global_subject(tenant: str, subject: str) -> str:
    """A person's `sub` in OpenID Connect, where it has to be the issuer's only one: tenants' own may repeat."""
    return f"{tenant}/{subject}"


def subject_token(claims: Mapping[str, object], *, issuer: str, audience: str, now: int) -> SubjectToken:
    """A token presented for exchange; raises SubjectTokenInvalid unless it is live, ours, and for that audience."""
    if claims.get("iss") != issuer:
        raise SubjectTokenInvalid("The subject token comes from another issuer.", field="subject_token")
    if claims.get("aud") != audience:
        raise SubjectTokenInvalid(
            "The subject token was issued for another resource than the one this client serves.",
            field="subject_token",
            fix=f"Present a token whose audience is {audience}.",
        )
    token = live(claims, issuer=issuer, now=now)
    if token is None:
        raise SubjectTokenInvalid("The subject token has expired.", field="subject_token", fix="Get a new one.")
    if not token.tenant:
        raise SubjectTokenInvalid("The subject token is a service's own: it stands for no user.", field="subject_token")
    return token


def live(claims: Mapping[str, object], *, issuer: str, now: int) -> SubjectToken | None:
    """What a verified access token says; None unless it is this issuer's and has not expired."""
    expires, issued = claims.get("exp"), claims.get("iat")
    if claims.get("iss") != issuer or type(expires) is not int or expires <= now:
        return None
    return SubjectToken(
        subject=str(claims.get("sub")),
        tenant=tenant if isinstance(tenant := claims.get("tenant"), str) else "",
        scopes=frozenset(str(claims.get("scope", "")).split()),
        actors=_flattened(claims.get("act")),
        expires_at=expires,
        token_id=str(claims.get("jti", "")),
        client_id=str(claims.get("client_id", "")),
        session=str(claims.get("sid", "")),
        issued_at=issued if type(issued) is int else 0,
    )


def assertion(claims: Mapping[str, object], *, client_id: str, audiences: Collection[str], now: int) -> Assertion:
    """A client's assertion; raises AssertionInvalid unless it is by that client, for this server, and short."""
    if claims.get("iss") != client_id:
        raise AssertionInvalid("The assertion's iss is not the client that signed it.", field="assertion")
    stated = claims.get("aud")
    named = cast("list[object]", stated) if isinstance(stated, list) else [stated]
    if not any(audience in named for audience in audiences):
        raise AssertionInvalid(
            "The assertion is for another audience.", field="assertion", fix=f"Set aud to {min(audiences, key=len)}."
        )
    expires = _expiry(claims, now)
    tenant = claims.get("tenant")
    return Assertion(
        subject=_identifier(claims, "sub"),
        tenant=None if tenant is None else _identifier(claims, "tenant"),
        assertion_id=_identifier(claims, "jti"),
        expires_at=expires,
    )


def _expiry(claims: Mapping[str, object], now: int) -> int:
    expires, issued = claims.get("exp"), claims.get("iat", now)
    if type(expires) is not int or type(issued) is not int:
        raise AssertionInvalid("The assertion's exp and iat must be whole seconds.", field="assertion")
    if expires <= now:
        raise AssertionInvalid("The assertion has expired.", field="assertion", fix="Sign a new one for each request.")
    if issued > now + _SKEW_SECONDS:
        raise AssertionInvalid("The assertion's iat lies in the future.", field="assertion", fix="Check the clock.")
    if expires > now + ASSERTION_SECONDS + _SKEW_SECONDS:
        raise AssertionInvalid(
            "The assertion lives too long.", field="assertion", fix=f"Set exp at most {ASSERTION_SECONDS} s ahead."
        )
    return expires


def _identifier(claims: Mapping[str, object], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not _IDENTIFIER.fullmatch(value):
        raise AssertionInvalid(
            f"The assertion's {name} must be 1 to 200 printable ASCII characters.", field="assertion"
        )
    return value


def _nested(actors: tuple[str, ...]) -> Claims:
    act: Claims = {}
    for actor in reversed(actors):
        act = {"sub": actor, "act": act} if act else {"sub": actor}
    return act


def _flattened(act: object) -> tuple[str, ...]:
    actors: list[str] = []
    while isinstance(act, dict):
        claim = cast("Claims", act)
        actors.append(str(claim.get("sub")))
        act = claim.get("act")
    return tuple(actors)
