"""Failures to sign in, counted in Redis for each client address and each e-mail: what slows guessing down.

Every attempt counts as a failure until its password proves right. A window begins with its first failure and is not
prolonged by further ones. When Redis does not answer, nobody is let in.
"""

import hashlib
import ipaddress
from typing import Any, cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from identity.people.errors import AttemptsUncounted, TooManyAttempts

WINDOW_SECONDS = 15 * 60
PER_ADDRESS, PER_EMAIL = 50, 20
_PREFIX = "promptsales:sign-in"


class Attempts:
    def __init__(self, cache: Redis, *, per_address: int = PER_ADDRESS, per_email: int = PER_EMAIL) -> None:
        self._redis = cast("Any", cache)  # its pipelines are partially unknown to a strict type checker
        self._limits = (per_address, per_email)

    async def count(self, client: str, email: str) -> None:
        """Count an attempt from a client address for an e-mail; raises TooManyAttempts, AttemptsUncounted."""
        keys = _keys(client, email)
        try:
            async with self._redis.pipeline(transaction=True) as pipeline:
                for key in keys:
                    pipeline.incr(key).expire(key, WINDOW_SECONDS, nx=True).ttl(key)
                answers = cast("list[int]", await pipeline.execute())
        except RedisError as error:
            raise AttemptsUncounted from error
        failures, left = answers[0::3], answers[2::3]
        waits = [wait for count, limit, wait in zip(failures, self._limits, left, strict=True) if count > limit]
        if waits:
            raise TooManyAttempts(max(1, *waits))

    async def forgive(self, client: str, email: str) -> None:
        """The password was right: the attempt was no failure, and earlier ones for the e-mail are forgotten."""
        by_address, by_email = _keys(client, email)
        try:
            async with self._redis.pipeline(transaction=True) as pipeline:
                # A window that ended meanwhile must not begin again below zero, without an end.
                pipeline.decr(by_address).expire(by_address, WINDOW_SECONDS, nx=True).delete(by_email)
                await pipeline.execute()
        except RedisError as error:
            raise AttemptsUncounted from error

    async def forget(self, email: str) -> None:
        """Let somebody try again whom failures for their e-mail keep out. Raises AttemptsUncounted."""
        try:
            await self._redis.delete(_by_email(email))
        except RedisError as error:
            raise AttemptsUncounted from error


def _keys(client: str, email: str) -> tuple[str, str]:
    """Hashed, so that neither an address nor an e-mail is in a key."""
    return f"{_PREFIX}:address:{_digest(_network(client))}", _by_email(email)


def _by_email(email: str) -> str:
    return f"{_PREFIX}:email:{_digest(email)}"


def _network(client: str) -> str:
    """Whom to count together: an IPv4 address, or the /64 that one IPv6 subscriber has."""
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return client
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
