"""Threads, turns and strategies in PostgreSQL. Every transaction sees one person's rows only."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from psycopg.types.json import Jsonb

from kernel.auth import Principal
from kernel.database import Connection, Database
from orchestrator.domain.brief import Brief
from orchestrator.domain.changes import Changes
from orchestrator.domain.conversation import (
    Conversation,
    StrategyRecord,
    Thread,
    TurnRecord,
    TurnResult,
    TurnStatus,
)
from orchestrator.domain.strategy import ApprovalRef, Strategy
from orchestrator.errors import NoStrategyYet, ThreadNotFound

_TITLE = 80


class Conversations:
    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def _own(self, principal: Principal) -> AsyncGenerator[Connection]:
        async with self._database.transaction(principal.tenant) as connection:
            await connection.execute("SELECT set_config('app.subject', %s, true)", (principal.subject,))
            yield connection

    async def create_thread(self, principal: Principal, thread_id: str) -> Thread:
        async with self._own(principal) as connection:
            await connection.execute(
                "INSERT INTO orchestrator.threads (tenant, thread_id, subject) VALUES (%s, %s, %s)",
                (principal.tenant, thread_id, principal.subject),
            )
            return await _thread(connection, thread_id)

    async def thread(self, principal: Principal, thread_id: str) -> Thread:
        async with self._own(principal) as connection:
            return await _thread(connection, thread_id)

    async def threads(self, principal: Principal, limit: int) -> list[Thread]:
        """The person's threads, the last used first."""
        async with self._own(principal) as connection:
            rows = await connection.execute(
                "SELECT * FROM orchestrator.threads ORDER BY updated_at DESC LIMIT %s", (limit,)
            )
            return [Thread.model_validate(row, extra="ignore") for row in await rows.fetchall()]

    async def turns(self, principal: Principal, thread_id: str) -> list[TurnRecord]:
        """A thread's turns, the oldest first."""
        async with self._own(principal) as connection:
            await _thread(connection, thread_id)
            rows = await connection.execute(
                "SELECT * FROM orchestrator.turns WHERE thread_id = %s ORDER BY seq", (thread_id,)
            )
            return [_turn(row) for row in await rows.fetchall()]

    async def last_turn(self, principal: Principal, thread_id: str) -> TurnRecord | None:
        async with self._own(principal) as connection:
            await _thread(connection, thread_id)
            rows = await connection.execute(
                "SELECT * FROM orchestrator.turns WHERE thread_id = %s ORDER BY seq DESC LIMIT 1", (thread_id,)
            )
            row = await rows.fetchone()
            return _turn(row) if row else None

    async def begin_turn(self, principal: Principal, thread_id: str, turn_id: str, text: str) -> TurnRecord:
        """Store a message as the thread's next turn."""
        async with self._own(principal) as connection:
            await connection.execute(
                """UPDATE orchestrator.threads SET updated_at = now(),
                   title = CASE WHEN title = '' THEN %s ELSE title END WHERE thread_id = %s""",
                (" ".join(text.split())[:_TITLE], thread_id),
            )
            rows = await connection.execute(
                """INSERT INTO orchestrator.turns (tenant, thread_id, turn_id, subject, seq, text)
                   SELECT %s, %s, %s, %s, coalesce(max(seq), 0) + 1, %s
                   FROM orchestrator.turns WHERE thread_id = %s RETURNING *""",
                (principal.tenant, thread_id, turn_id, principal.subject, text, thread_id),
            )
            row = await rows.fetchone()
            assert row is not None  # noqa: S101 - an INSERT without ON CONFLICT returns its row
            return _turn(row)

    async def finish_turn(
        self, principal: Principal, result: TurnResult, status: TurnStatus, conversation: Conversation | None
    ) -> None:
        """Store what a turn led to and what carries over to the next, together."""
        async with self._own(principal) as connection:
            await connection.execute(
                "UPDATE orchestrator.turns SET status = %s, result = %s, finished_at = now() WHERE turn_id = %s",
                (status, Jsonb(result.model_dump(mode="json")), result.turn_id),
            )
            if conversation is not None:
                await connection.execute(
                    "UPDATE orchestrator.threads SET conversation = %s, updated_at = now() WHERE thread_id = %s",
                    (Jsonb(conversation.model_dump(mode="json")), result.thread_id),
                )

    async def restart_turn(self, principal: Principal, turn_id: str) -> None:
        async with self._own(principal) as connection:
            await connection.execute(
                "UPDATE orchestrator.turns SET status = 'running', finished_at = NULL WHERE turn_id = %s", (turn_id,)
            )

    async def strategies(self, principal: Principal, thread_id: str) -> list[StrategyRecord]:
        """A thread's versions, the newest first."""
        async with self._own(principal) as connection:
            await _thread(connection, thread_id)
            rows = await connection.execute(
                "SELECT * FROM orchestrator.strategies WHERE thread_id = %s ORDER BY version DESC", (thread_id,)
            )
            return [_strategy(row) for row in await rows.fetchall()]

    async def latest_strategy(self, principal: Principal, thread_id: str) -> StrategyRecord:
        versions = await self.strategies(principal, thread_id)
        if not versions:
            raise NoStrategyYet
        return versions[0]

    async def save_strategy(
        self,
        principal: Principal,
        turn_id: str,
        strategy: Strategy,
        brief: Brief,
        reports: dict[str, Any],
        changes: Changes | None,
    ) -> StrategyRecord:
        """Store a version; a turn that runs again gets the version it stored before."""
        async with self._own(principal) as connection:
            await connection.execute(
                """INSERT INTO orchestrator.strategies
                       (tenant, thread_id, version, turn_id, subject, body, brief, reports, changes)
                   VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (tenant, turn_id) DO NOTHING""",
                (
                    principal.tenant,
                    strategy.thread_id,
                    strategy.version,
                    turn_id,
                    principal.subject,
                    Jsonb(strategy.model_dump(mode="json")),
                    Jsonb(brief.model_dump(mode="json")),
                    Jsonb(reports),
                    Jsonb(changes.model_dump(mode="json")) if changes else None,
                ),
            )
            rows = await connection.execute("SELECT * FROM orchestrator.strategies WHERE turn_id = %s", (turn_id,))
            row = await rows.fetchone()
            assert row is not None  # noqa: S101 - inserted above or by an earlier run
            return _strategy(row)

    async def save_approvals(
        self, principal: Principal, turn_id: str, approvals: tuple[ApprovalRef, ...], changes: Changes | None
    ) -> None:
        async with self._own(principal) as connection:
            await connection.execute(
                "UPDATE orchestrator.strategies SET approvals = %s, changes = %s WHERE turn_id = %s",
                (
                    Jsonb([item.model_dump(mode="json") for item in approvals]),
                    Jsonb(changes.model_dump(mode="json")) if changes else None,
                    turn_id,
                ),
            )


async def _thread(connection: Connection, thread_id: str) -> Thread:
    rows = await connection.execute("SELECT * FROM orchestrator.threads WHERE thread_id = %s", (thread_id,))
    row = await rows.fetchone()
    if row is None:
        raise ThreadNotFound(thread_id)
    return Thread.model_validate(row, extra="ignore")


def _turn(row: dict[str, Any]) -> TurnRecord:
    return TurnRecord.model_validate(row, extra="ignore")


def _strategy(row: dict[str, Any]) -> StrategyRecord:
    return StrategyRecord.model_validate(row, extra="ignore")
