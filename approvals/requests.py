"""Requests that carry an Idempotency-Key: run once, and answered the same to whoever repeats them within a day."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from fastapi.responses import JSONResponse
from psycopg.types.json import Jsonb
from pydantic import BaseModel

from approvals.errors import StillRunning
from approvals.refusals import facts
from kernel.auth import Principal
from kernel.canonical import digest
from kernel.database import Database
from kernel.errors import PromptSalesError

AnswerT = TypeVar("AnswerT", bound=BaseModel)


class Requests:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def once(
        self, caller: Principal, key: str | None, what: str, body: BaseModel, run: Callable[[], Awaitable[AnswerT]]
    ) -> AnswerT | JSONResponse:
        """The answer of `run`, or the one it gave to the same person, key and request before.

        A refusal uses no key up. Raises IdempotencyConflict for another request, StillRunning while the first runs.
        """
        if key is None:
            return await run()
        kept = await self._begin(caller, key, digest({"what": what, "body": body.model_dump(mode="json")}))
        if kept is not None:
            return JSONResponse(kept, headers={"Idempotent-Replay": "true"})
        try:
            answer = await run()
        except PromptSalesError:
            await self._end(caller, key, None, None)
            raise
        await self._end(caller, key, 200, answer.model_dump(mode="json"))
        return answer

    async def _begin(self, caller: Principal, key: str, fingerprint: str) -> dict[str, Any] | None:
        async with self._database.transaction(caller.tenant) as connection:
            with facts():
                cursor = await connection.execute(
                    "SELECT status, body, running FROM approvals.begin_request_v1(%s, %s, %s)",
                    (caller.subject, key, fingerprint),
                )
                row = await cursor.fetchone()
        if row is None or row["running"]:
            raise StillRunning("The first request under this key is still running.", fix="Send it again in a moment.")
        return row["body"] if row["status"] is not None else None

    async def _end(self, caller: Principal, key: str, status: int | None, body: dict[str, Any] | None) -> None:
        document = None if body is None else Jsonb(body)
        async with self._database.transaction(caller.tenant) as connection:
            await connection.execute(
                "SELECT approvals.end_request_v1(%s, %s, %s, %s)", (caller.subject, key, status, document)
            )
