"""Which organization to sign in to, for a password that opened several: remembered in Redis for a few minutes."""

import hashlib
import json
import secrets
from collections.abc import Sequence
from typing import Any, cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from identity.people.account import Account
from identity.people.errors import AttemptsUncounted, ChoiceExpired

_SECONDS = 300


class Choices:
    def __init__(self, cache: Redis) -> None:
        self._redis = cast("Any", cache)  # its commands are partially unknown to a strict type checker

    async def offer(self, accounts: Sequence[Account]) -> str:
        """Remember what was opened; the secret returned opens one of them, once."""
        secret = secrets.token_urlsafe(32)
        offered = json.dumps({account.tenant: account.subject for account in accounts})
        try:
            await self._redis.set(_key(secret), offered, ex=_SECONDS)
        except RedisError as error:
            raise AttemptsUncounted from error
        return secret

    async def take(self, secret: str, tenant: str) -> Account:
        """The account chosen; raises ChoiceExpired for a secret that is unknown or used, or another organization."""
        try:
            kept = cast("bytes | None", await self._redis.getdel(_key(secret)))
        except RedisError as error:
            raise AttemptsUncounted from error
        offered = cast("dict[str, str]", json.loads(kept)) if kept else {}
        if tenant not in offered:
            raise ChoiceExpired
        return Account(tenant, offered[tenant])


def _key(secret: str) -> str:
    return f"promptsales:sign-in:choice:{hashlib.sha256(secret.encode('utf-8', 'surrogatepass')).hexdigest()}"
