"""Answers kept in Redis for as long as the data they were made from is the newest.

A key names the tenant, the data epoch, the query and what answers are made with; the pipeline moves the epoch in the
transaction that changes a row, so an older answer is never found again. Whatever goes wrong with Redis is a miss.
"""

import hashlib
import time
import zlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, cast

import redis.asyncio as redis
from pydantic import ValidationError
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from kernel.errors import Unavailable
from kernel.logs import logger
from mcp_servers.analytics.domain.answer import AnalyticsAnswer
from mcp_servers.analytics.domain.model import Language
from mcp_servers.analytics.domain.query import MetricQuery

_PREFIX = "promptsales:analytics:answers"
_TIMEOUT_SECONDS = 0.25
_PAUSE_SECONDS = 2.0
_LARGEST_BYTES = 1_000_000


class CacheUnavailable(Unavailable):
    """Redis does not answer: every question goes to the database."""


@dataclass(frozen=True, slots=True)
class AnswerKey:
    tenant: str
    epoch: int
    """`Facts.version`: moves whenever the pipeline changed something of the tenant."""
    query: MetricQuery
    language: Language


class AnswerCache:
    def __init__(self, client: "redis.Redis", *, ttl_seconds: int, made_with: str) -> None:
        """`made_with` is what an answer depends on besides data and query: the semantic model's text."""
        self._redis = client
        self._ttl = ttl_seconds
        shape = AnalyticsAnswer.model_json_schema()
        self._made_with = f"{version('promptsales')}\n{shape}\n{made_with}"
        self._silent_until = 0.0

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, *, ttl_seconds: int, made_with: str) -> "AsyncGenerator[AnswerCache]":
        """A cache over connections that are closed at exit. Redis need not be there yet, nor stay."""
        # As Any: the library's `from_url` is partially unknown to a strict type checker.
        client: redis.Redis = cast("Any", redis.Redis).from_url(
            url,
            socket_timeout=_TIMEOUT_SECONDS,
            socket_connect_timeout=_TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 1),  # a connection that idled while Redis restarted
        )
        try:
            yield cls(client, ttl_seconds=ttl_seconds, made_with=made_with)
        finally:
            await client.aclose()

    async def ping(self) -> None:
        """Raises CacheUnavailable."""
        try:
            await cast("Any", self._redis).ping()
        except (RedisError, OSError) as error:
            raise CacheUnavailable(f"Redis does not answer ({type(error).__name__}).") from error

    async def get(self, key: AnswerKey) -> AnalyticsAnswer | None:
        """The answer, marked as cached; None when there is none that can be read."""
        if self._silent:
            return None
        try:
            kept = cast("bytes | None", await self._redis.get(self._name(key)))
        except (RedisError, OSError) as error:
            self._pause(error)
            return None
        answer = _opened(kept) if kept else None
        return answer.model_copy(update={"cached": True}) if answer and answer.language == key.language else None

    async def put(self, key: AnswerKey, answer: AnalyticsAnswer) -> None:
        """Keep an answer. One that is very large is not kept."""
        packed = zlib.compress(answer.model_dump_json().encode(), 1)
        if self._silent or len(packed) > _LARGEST_BYTES:
            return
        try:
            await self._redis.set(self._name(key), packed, ex=self._ttl)
        except (RedisError, OSError) as error:
            self._pause(error)

    @property
    def _silent(self) -> bool:
        return time.monotonic() < self._silent_until

    def _pause(self, error: Exception) -> None:
        """Ask nothing for a while: a question must not wait for a Redis that is not there."""
        self._silent_until = time.monotonic() + _PAUSE_SECONDS
        logger(__name__).warning("the answer cache does not answer", reason=type(error).__name__)

    def _name(self, key: AnswerKey) -> str:
        asked = hashlib.sha256(f"{key.language}\n{key.query.model_dump_json()}\n{self._made_with}".encode())
        return f"{_PREFIX}:{key.tenant}:{key.epoch}:{asked.hexdigest()}"


def _opened(packed: bytes) -> AnalyticsAnswer | None:
    """What was kept, or None when it is not what this release keeps."""
    unpack = zlib.decompressobj()
    try:
        text = unpack.decompress(packed, 50 * _LARGEST_BYTES)
        return AnalyticsAnswer.model_validate_json(text)
    except (zlib.error, ValidationError):
        return None
