"""Tokens that are refused before they expire: a denylist in Redis, and word of every change to it."""

import asyncio
import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from kernel.errors import Unavailable
from kernel.logs import logger
from kernel.settings import Settings

CHANNEL = "promptsales:revocations"
_KEY = "promptsales:revoked"
_TIMEOUT_SECONDS = 2
_PING_SECONDS = 5
_RECONNECT_SECONDS = 1
_CANCEL_SECONDS = 0.05

# One hash without an expiry: a Redis that is short of memory drops keys that have one, or that nobody has asked for.
# A later revocation replaces an earlier one, never the other way round; only news is announced, so that writing the
# whole list again, after a restart of Redis or every so often, leaves every reader's cache alone.
_ADD = """
local known = redis.call('HGET', KEYS[1], ARGV[1])
if known and tonumber(string.match(known, '^%d+')) >= tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' ' .. ARGV[3])
redis.call('PUBLISH', ARGV[4], ARGV[1])
return 1
"""


class DenylistUnavailable(Unavailable):
    """It cannot be known whether a token was revoked."""


@dataclass(frozen=True, slots=True)
class Revocation:
    """What is refused from now on. Times are whole seconds since the epoch."""

    kind: Literal["token", "session", "subject", "client"]
    value: str
    """A token's `jti`, a session's `sid`, a `subject_key`, or the id of a client of the embedded issuer."""
    revoked_at: int
    """A subject's revocation covers the tokens issued at this time or before."""
    expires_at: int
    """When the last token it covers is dead anyway."""


def subject_key(tenant: str, subject: str) -> str:
    """How a person of a tenant is named in the denylist: no personal data in a cache's key."""
    return hashlib.sha256(f"{tenant}|{subject}".encode()).hexdigest()


class Denylist:
    """The revocations in force. Connects when first needed; close it.

    `epoch` lets a reader keep what it found: a number that changes with every revocation, None while nobody can say
    whether there was one. Following begins with the first question.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._redis: redis.Redis | None = None
        self._following: asyncio.Task[None] | None = None
        self._heard = 0
        self._listening = False

    @property
    def epoch(self) -> int | None:
        return self._heard if self._listening else None

    async def add(self, revocations: Sequence[Revocation]) -> None:
        """Put revocations in force: here at once, elsewhere as soon as word comes, which is a matter of milliseconds.

        The ones that are over are left out. Raises DenylistUnavailable.
        """
        now = time.time()
        live = [revocation for revocation in revocations if revocation.expires_at > now]
        if not live:
            return
        try:
            async with self._connected().pipeline(transaction=False) as pipe:
                for one in live:
                    arguments = (f"{one.kind}:{one.value}", str(one.revoked_at), str(one.expires_at), CHANNEL)
                    cast("Any", pipe).eval(_ADD, 1, _KEY, *arguments)
                await pipe.execute()
        except RedisError as error:
            raise DenylistUnavailable(f"The denylist cannot be written ({type(error).__name__}).") from error
        self._heard += 1  # who shares this object knows at once, the others when the message comes

    async def prune(self) -> int:
        """Forget what is over; how much that was. Raises DenylistUnavailable."""
        now = time.time()
        client = cast("Any", self._connected())
        try:
            over = [name async for name, mark in client.hscan_iter(_KEY) if int(mark.split()[1]) <= now]
            if over:
                await client.hdel(_KEY, *over)
        except RedisError as error:
            raise DenylistUnavailable(f"The denylist cannot be pruned ({type(error).__name__}).") from error
        return len(over)

    async def covers(
        self, *, token_id: str, session: str, tenant: str, subject: str, issued_at: int, client_id: str = ""
    ) -> bool:
        """Whether a token is revoked, in one round trip; `session` and `client_id` may be empty.

        Raises DenylistUnavailable.
        """
        names = [f"subject:{subject_key(tenant, subject)}", f"token:{token_id}"]
        if session:
            names.append(f"session:{session}")
        if client_id:
            names.append(f"client:{client_id}")
        self._follow()
        try:
            found = cast("list[str | None]", await cast("Any", self._connected()).hmget(_KEY, names))
        except RedisError as error:
            raise DenylistUnavailable(
                f"Nobody can say whether the token was revoked ({type(error).__name__}).",
                fix="Try again in a moment.",
            ) from error
        subject_revoked, *revoked = found
        return any(mark is not None for mark in revoked) or (
            subject_revoked is not None and issued_at <= int(subject_revoked.split()[0])
        )

    async def ping(self) -> None:
        """Raise DenylistUnavailable while Redis does not answer."""
        try:
            await cast("Any", self._connected()).ping()
        except RedisError as error:
            raise DenylistUnavailable(f"The denylist does not answer ({type(error).__name__}).") from error

    async def aclose(self) -> None:
        """Stop following and close the connections."""
        following, self._following = self._following, None
        while following is not None and not following.done():
            following.cancel()  # again and again: the library swallows one that comes while it connects
            await asyncio.wait({following}, timeout=_CANCEL_SECONDS)
        if self._redis is not None:
            await self._redis.aclose()
            self._redis = None

    def _connected(self) -> "redis.Redis":
        if self._redis is None:
            self._redis = self._client(retries=1)  # a connection that idled while Redis restarted
        return self._redis

    def _client(self, *, retries: int) -> "redis.Redis":
        return cast("Any", redis.Redis).from_url(
            self._settings.cache_url(),
            decode_responses=True,
            socket_timeout=_TIMEOUT_SECONDS,
            socket_connect_timeout=_TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), retries),
        )

    def _follow(self) -> None:
        if self._following is None or self._following.done():
            self._following = asyncio.create_task(self._run(), name="revocations")

    async def _run(self) -> None:
        """Follow the channel for good. A connection that broke may have swallowed a message: then nothing is known."""
        while True:
            # Without retries: the library must not mend a broken subscription behind our back.
            async with self._client(retries=0) as client:
                try:
                    async with cast("Any", client).pubsub() as channel:
                        await channel.subscribe(CHANNEL)
                        await self._hear(channel)
                except (RedisError, OSError) as error:
                    logger(__name__).warning("revocations not followed", error=type(error).__name__)
                finally:
                    self._listening = False
            await asyncio.sleep(_RECONNECT_SECONDS)

    async def _hear(self, channel: Any) -> None:
        """Count messages; returns when the server is silent even when it is asked."""
        asked = False
        while True:
            message = await channel.get_message(timeout=_PING_SECONDS)
            if message is None:
                if asked:
                    return
                await channel.ping()
                asked = True
                continue
            asked = False
            if message["type"] in ("subscribe", "message"):
                self._heard += 1
                self._listening = True
