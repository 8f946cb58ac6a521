"""A person lets a client act for them: the code that says so, and the tokens that follow from it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from authlib.oauth2.rfc7636.challenge import (
    compare_s256_code_challenge,  # pyright: ignore[reportUnknownVariableType] - it has no types
)

from identity import claims, opaque
from identity.clients.client import Client
from identity.domain import FAMILY_SECONDS, OPENID, REFRESH_TOKEN, Family, TokenRequest, issue_to_family
from identity.errors import CodeInvalid, LoginRequired, RefreshTokenInvalid, TargetRefused
from identity.families import Arrival, Binding, Families, Held, State
from identity.opaque import OpaqueSecret
from identity.revoking import Revoker
from identity.service import IssuedToken, TokenIssuer
from kernel.auth.roles import Resource
from kernel.ids import new_id
from kernel.logs import logger


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person who is signed in lets a client do."""

    tenant: str
    subject: str
    signed_in_at: int
    browser_session: bytes
    client: Client
    resources: tuple[Resource, ...]
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Redemption:
    """How a client presents a code."""

    code: str
    redirect_uri: str
    verifier: str
    resource: str | None


class Letting:
    """Begins families and issues their tokens. Every refusal is a fact of `identity.errors`.

    A code and a refresh token work once. When one comes a second time, somebody has it who should not, and its family
    dies; only uses that arrived together are merely refused, as an honest client with several tabs makes them.
    """

    def __init__(self, issuer: TokenIssuer, families: Families, revoker: Revoker) -> None:
        self._issuer = issuer
        self._families = families
        self._revoker = revoker

    async def begin(self, consent: Consent, binding: Binding) -> str:
        """The code for a client that a person just allowed to act; raises LoginRequired if they just signed out."""
        code = opaque.make(opaque.CODE, consent.tenant)
        family = Family(
            tenant=consent.tenant,
            family_id=new_id("fam"),
            subject=consent.subject,
            client_id=consent.client.client_id,
            client_name=consent.client.name,
            resources=consent.resources,
            scopes=consent.scopes,
            signed_in_at=consent.signed_in_at,
            expires_at=int(time.time()) + FAMILY_SECONDS,
            browser_session=consent.browser_session,
        )
        if not await self._families.begin(family, _place(opaque.CODE, code), binding):
            raise LoginRequired("The person signed out.")
        logger(__name__).info(
            "client let in",
            tenant=family.tenant,
            subject=family.subject,
            client_id=family.client_id,
            family_id=family.family_id,
            scope=" ".join(sorted(family.scopes)),
        )
        return code

    async def redeem(self, client: Client, presented: Redemption, arrival: Arrival) -> IssuedToken:
        """The first tokens of a family; raises CodeInvalid for anything but a live code of this client."""
        now = int(time.time())  # before anything is looked up: a revocation in between covers what is issued here
        place = opaque.read(opaque.CODE, presented.code)
        if place is None:
            raise CodeInvalid("The code is not one of this server.", field="code")
        async with self._families.code(place, arrival) as found:
            if found is None:
                raise CodeInvalid("The code is not known, or has expired.", field="code")
            held, state = found
            if state != "replayed":
                _require_live(state, CodeInvalid("The code has expired, or was used.", field="code"))
                _check_binding(client, held.family, held.binding, presented)
                return await self._issue(client, held, presented.resource, None, now, nonce=held.binding.nonce)
        await self._revoker.family(held.family.tenant, held.family.family_id, "its code was used twice")
        raise CodeInvalid("The code was used before: every token that came of it is revoked.", field="code")

    async def refresh(
        self, client: Client, token: str, resource: str | None, scopes: frozenset[str] | None, arrival: Arrival
    ) -> IssuedToken:
        """The next tokens of a family; raises RefreshTokenInvalid for anything but its live refresh token."""
        now = int(time.time())
        place = opaque.read(opaque.REFRESH_TOKEN, token)
        if place is None:
            raise RefreshTokenInvalid("The refresh token is not one of this server.", field="refresh_token")
        async with self._families.refresh_token(place, arrival) as found:
            if found is None:
                raise RefreshTokenInvalid("The refresh token is not known, or has expired.", field="refresh_token")
            held, state = found
            if held.family.client_id != client.client_id:
                raise RefreshTokenInvalid("The refresh token is another client's.", field="refresh_token")
            if state != "replayed":
                _require_live(
                    state, RefreshTokenInvalid("The refresh token has expired, or was used.", field="refresh_token")
                )
                return await self._issue(client, held, resource, scopes, now)
        await self._revoker.family(held.family.tenant, held.family.family_id, "a refresh token was used twice")
        raise RefreshTokenInvalid(
            "The refresh token was used before: every token of its family is revoked.",
            field="refresh_token",
            fix="Send the person to sign in again.",
        )

    async def _issue(
        self,
        client: Client,
        held: Held,
        resource: str | None,
        scopes: frozenset[str] | None,
        now: int,
        *,
        nonce: str | None = None,
    ) -> IssuedToken:
        family = held.family
        if held.user is None:
            raise RefreshTokenInvalid("The person may no longer sign in.", fix="Ask their administrator.")
        request = TokenRequest(client, self._resource(family.resources, resource), scopes)
        issue = issue_to_family(request, family, held.user, now)
        successor = opaque.make(opaque.REFRESH_TOKEN, family.tenant) if REFRESH_TOKEN in client.grants else None
        await held.spend(_place(opaque.REFRESH_TOKEN, successor) if successor else None)
        issued = self._issuer.sign(issue)
        return IssuedToken(
            access_token=issued.access_token,
            scope=issued.scope,
            expires_in=issued.expires_in,
            refresh_token=successor,
            id_token=self._id_token(family, nonce, now) if OPENID in family.scopes else None,
        )

    def _resource(self, allowed: Sequence[Resource], named: str | None) -> Resource:
        if named is not None:
            return self._issuer.resource(named)
        if len(allowed) > 1:
            raise TargetRefused(
                "The person allowed several resources.",
                field="resource",
                fix=f"Name one of: {' '.join(self._issuer.audience(resource) for resource in allowed)}.",
            )
        return allowed[0]

    def _id_token(self, family: Family, nonce: str | None, now: int) -> str:
        stated = claims.id_token_claims(family, issuer=self._issuer.issuer, nonce=nonce, now=now)
        return self._issuer.keys.sign(stated, token_type="JWT")  # noqa: S106 - a type's name


def _require_live(state: State, refusal: Exception) -> None:
    if state != "live":
        raise refusal


def _check_binding(client: Client, family: Family, binding: Binding, presented: Redemption) -> None:
    if family.client_id != client.client_id:
        raise CodeInvalid("The code is another client's.", field="code")
    if binding.redirect_uri != presented.redirect_uri:
        raise CodeInvalid("The code was sent to another redirect_uri.", field="redirect_uri")
    if not compare_s256_code_challenge(presented.verifier, binding.code_challenge):
        raise CodeInvalid("The code_verifier does not fit the code_challenge.", field="code_verifier")


def _place(kind: opaque.Kind, secret: str) -> OpaqueSecret:
    place = opaque.read(kind, secret)
    assert place is not None  # noqa: S101 - what `make` makes `read` reads
    return place
