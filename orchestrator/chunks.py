"""The stream of a turn: AI SDK UI message chunks, kept in Redis so that a reader may come late or come back."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any, cast

import redis.asyncio as redis
from pydantic_ai.ui.vercel_ai.response_types import (
    BaseChunk,
    DataChunk,
    FinishChunk,
    FinishStepChunk,
    StartChunk,
    StartStepChunk,
    TextDeltaChunk,
    TextEndChunk,
    TextStartChunk,
)
from redis.exceptions import RedisError

from kernel.errors import Unavailable
from kernel.logs import logger

SDK_VERSION = 6
HEADERS = {"x-vercel-ai-ui-message-stream": "v1", "Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}
DONE = "[DONE]"
_KEPT_SECONDS = 3600
_WRITERS, _READERS = 50, 5_000


class StreamUnavailable(Unavailable):
    """Redis, which keeps the stream, does not answer."""


class ChunkLog:
    def __init__(self, writing: "redis.Redis", reading: "redis.Redis", heartbeat: float) -> None:
        """Two clients, because every reader holds a connection while it waits, and writers must never wait for them."""
        self._redis = writing
        self._readers = reading
        self._heartbeat = heartbeat

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, *, heartbeat: float = 15) -> "AsyncGenerator[ChunkLog]":
        """A log over connections that are closed at exit: a few that writers queue for, one for each reader.

        `heartbeat` is how many seconds a reader waits in silence before it is told that the stream still is one.
        """
        # As Any: the library's `from_url` is partially unknown to a strict type checker.
        waiting, growing = cast("Any", redis.BlockingConnectionPool), cast("Any", redis.ConnectionPool)
        pools: tuple[redis.ConnectionPool, ...] = (
            waiting.from_url(url, max_connections=_WRITERS, timeout=10, decode_responses=True),
            growing.from_url(url, max_connections=_READERS, socket_timeout=heartbeat + 10, decode_responses=True),
        )
        clients = [redis.Redis(connection_pool=pool) for pool in pools]
        try:
            yield cls(clients[0], clients[1], heartbeat)
        finally:
            for client, pool in zip(clients, pools, strict=True):
                await client.aclose()
                await pool.aclose()

    async def ping(self) -> None:
        try:
            await cast("Any", self._redis).ping()
        except RedisError as error:
            raise StreamUnavailable(f"Redis does not answer ({type(error).__name__}).") from error

    async def reset(self, turn_id: str) -> None:
        """Begin a turn's stream anew."""
        try:
            await self._redis.delete(_key(turn_id))
        except RedisError as error:
            raise StreamUnavailable("Redis does not answer.", fix="Try again in a moment.") from error

    async def append(self, turn_id: str, chunk: BaseChunk) -> None:
        """Add a chunk. A stream that cannot be kept does not stop the turn: its result is stored elsewhere."""
        await self._add(turn_id, chunk.encode(SDK_VERSION))

    async def close(self, turn_id: str) -> None:
        await self._add(turn_id, DONE)

    async def exists(self, turn_id: str) -> bool:
        try:
            return bool(await self._redis.exists(_key(turn_id)))
        except RedisError as error:
            raise StreamUnavailable("Redis does not answer.", fix="Try again in a moment.") from error

    async def follow(self, turn_id: str) -> AsyncGenerator[str]:
        """Server-sent events from the first chunk to [DONE], as they come; a comment keeps idle connections open."""
        last, key = "0-0", _key(turn_id)
        while True:
            try:
                found = cast("Any", await self._readers.xread({key: last}, block=int(self._heartbeat * 1000)))
            except RedisError:
                yield f"data: {json.dumps({'type': 'error', 'errorText': 'The stream was lost; read the thread.'})}\n\n"
                return
            if not found:
                yield ": waiting\n\n"
                continue
            for identifier, fields in _entries(found):
                last = identifier
                yield f"data: {fields['chunk']}\n\n"
                if fields["chunk"] == DONE:
                    return

    async def _add(self, turn_id: str, encoded: str) -> None:
        key = _key(turn_id)
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                pipe.xadd(key, {"chunk": encoded})
                pipe.expire(key, _KEPT_SECONDS)
                await pipe.execute()
        except RedisError as error:
            logger(__name__).warning("chunk not kept", turn_id=turn_id, error=type(error).__name__)


class Stream:
    """What a turn writes to its readers."""

    def __init__(self, log: ChunkLog, turn_id: str) -> None:
        self._log = log
        self._turn_id = turn_id
        self._order = asyncio.Lock()

    async def start(self) -> None:
        await self._log.reset(self._turn_id)
        await self._write(StartChunk(message_id=self._turn_id), StartStepChunk())

    async def data(self, name: str, data: Mapping[str, Any], identifier: str | None = None) -> None:
        """A `data-<name>` part; the same identifier replaces the part sent before."""
        await self._write(DataChunk(type=f"data-{name}", id=identifier, data=dict(data)))

    async def progress(self, step: str, status: str, specialist: str | None = None, tool: str | None = None) -> None:
        fields = {"step": step, "specialist": specialist, "tool": tool, "status": status}
        await self.data("progress", fields, "/".join(part for part in (step, specialist, tool) if part))

    async def text(self, text: str) -> None:
        """The message of the turn, a paragraph at a time."""
        identifier = f"{self._turn_id}-text"
        parts = text.splitlines(keepends=True)
        deltas = [TextDeltaChunk(id=identifier, delta=part) for part in parts]
        await self._write(TextStartChunk(id=identifier), *deltas, TextEndChunk(id=identifier))

    async def finish(self, *, failed: bool) -> None:
        await self._write(FinishStepChunk(), FinishChunk(finish_reason="error" if failed else "stop"))
        await self._log.close(self._turn_id)

    async def _write(self, *chunks: BaseChunk) -> None:
        async with self._order:
            for chunk in chunks:
                await self._log.append(self._turn_id, chunk)


def _key(turn_id: str) -> str:
    return f"orchestrator:stream:{turn_id}"


def _entries(found: Any) -> list[tuple[str, dict[str, str]]]:
    """The entries of one stream, from the reply of either protocol version."""
    streams = cast("dict[str, Any]", found) if isinstance(found, dict) else dict(cast("list[Any]", found))
    (entries,) = streams.values()
    flat = cast("list[Any]", entries)
    if flat and isinstance(flat[0], list) and flat[0] and isinstance(flat[0][0], (list, tuple)):
        flat = [entry for group in flat for entry in cast("list[Any]", group)]
    return [(str(identifier), cast("dict[str, str]", fields)) for identifier, fields in flat]
