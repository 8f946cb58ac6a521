"""How a presented token stands: looked at (RFC 7662), ended (RFC 7009), or shown for who it is about (userinfo)."""

import time

from identity import opaque
from identity.claims import Claims, global_subject, live
from identity.clients.client import Client
from identity.domain import OPENID, SubjectToken
from identity.families import Families
from identity.repository import Repository
from identity.revocations import Revocations
from identity.revoking import Revoker
from identity.service import TokenIssuer
from kernel.auth import InvalidToken
from kernel.errors import Forbidden

_INACTIVE: Claims = {"active": False}


class OpenidMissing(Forbidden):
    """The access token was not issued for userinfo."""


class Standing:
    """Reads tokens of this issuer, whoever presents them."""

    def __init__(
        self,
        issuer: TokenIssuer,
        families: Families,
        revocations: Revocations,
        revoker: Revoker,
        repository: Repository,
    ) -> None:
        self._issuer = issuer
        self._families = families
        self._revocations = revocations
        self._revoker = revoker
        self._repository = repository

    async def introspect(self, client: Client, token: str) -> Claims:
        """What a token stands for, as RFC 7662 says it: no more than `active: false` for one that is not live.

        Nor for one that is none of the client's business: neither issued to it nor for the resource that it serves.
        """
        if secret := opaque.read(opaque.REFRESH_TOKEN, token):
            return await self._refresh_token(client, secret)
        found = await self._access_token(token)
        if found is None:
            return _INACTIVE
        stated, _ = found
        served = self._issuer.audience(client.serves) if client.serves else None
        if stated.get("client_id") != client.client_id and stated.get("aud") != served:
            return _INACTIVE
        return {"active": True, "token_type": "Bearer", **stated}

    async def revoke(self, client: Client, token: str) -> None:
        """End a token of the client: an access token by itself, a refresh token with its whole family.

        Anything else is left alone without a word. Raises RevocationPending.
        """
        if secret := opaque.read(opaque.REFRESH_TOKEN, token):
            family = await self._families.family_of(secret)
            if family is not None and family.client_id == client.client_id:
                await self._revoker.family(family.tenant, family.family_id, "the client revoked it")
            return
        stated = self._issuer.keys.verify(token)
        read = live(stated, issuer=self._issuer.issuer, now=_now()) if stated else None
        if stated and read and stated.get("client_id") == client.client_id:
            await self._revoker.token(read.token_id, read.expires_at)

    async def userinfo(self, token: str) -> Claims:
        """Who an access token is about, as far as they let its client know; raises InvalidToken, OpenidMissing."""
        found = await self._access_token(token)
        if found is None or found[0].get("aud") != self._issuer.issuer:
            raise InvalidToken("The access token is not a live one for this server.", fix="Refresh it.")
        _, read = found
        if OPENID not in read.scopes:
            raise OpenidMissing("This needs the scope openid.", field="scope", fix="Ask for it when signing in.")
        profile = await self._repository.profile(read.tenant, read.subject)
        if profile is None:
            raise InvalidToken("The person may no longer sign in.")
        told: Claims = {"sub": global_subject(read.tenant, read.subject), "tenant": read.tenant}
        if "profile" in read.scopes:
            told |= {"name": profile.display_name, "locale": profile.language}
        if "email" in read.scopes and profile.email is not None:
            told["email"] = profile.email
        return told

    async def _access_token(self, token: str) -> tuple[Claims, SubjectToken] | None:
        stated = self._issuer.keys.verify(token)
        read = live(stated, issuer=self._issuer.issuer, now=_now()) if stated else None
        if stated is None or read is None or await self._revocations.cover(read):
            return None
        return stated, read

    async def _refresh_token(self, client: Client, secret: opaque.OpaqueSecret) -> Claims:
        found = await self._families.live_refresh_token(secret)
        if found is None or found[0].client_id != client.client_id:
            return _INACTIVE
        family, expires_at = found
        return {
            "active": True,
            "iss": self._issuer.issuer,
            "client_id": family.client_id,
            "sub": family.subject,
            "tenant": family.tenant,
            "scope": " ".join(sorted(family.scopes)),
            "sid": family.family_id,
            "exp": expires_at,
        }


def _now() -> int:
    return int(time.time())
