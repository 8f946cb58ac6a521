"""What the tests of the queue share: ready-made proposals, and a queue driven through its SQL functions."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, LiteralString

import pytest
from psycopg.errors import DatabaseError

from approvals import repository
from approvals.domain import Action, Payload, Vote
from approvals.repository import Edit, NewAction
from kernel.database import Connection, Database
from kernel.ids import new_id

SCHEMA_HASH = "sha256:" + "a" * 64
TARGET_STATE = "sha256:" + "b" * 64
RECEIPT: dict[str, Any] = {
    "platform": "sandbox ads",
    "platform_id": "p1",
    "sandbox": True,
    "requested": {"budget": "1200.00"},
    "applied": {"budget": "1200.00"},
    "differences": [],
    "applied_at": "2026-11-22T00:00:00Z",
}


def payload(tenant: str, **changed: Any) -> Payload:
    fields: dict[str, Any] = {
        "tenant": tenant,
        "server": "ads",
        "tool": "launch_campaign",
        "tool_schema_hash": SCHEMA_HASH,
        "args": {"campaign_id": "cmp_1", "budget": "1200.00"},
        "target_account": "acct-1",
        "target_state_digest": TARGET_STATE,
        "policy_version": "default-1",
    }
    return Payload(**(fields | changed))


def proposal(tenant: str, *, args: dict[str, Any] | None = None, **changed: Any) -> NewAction:
    subject = payload(tenant) if args is None else payload(tenant, args=args)
    fields: dict[str, Any] = {
        "id": new_id("act"),
        "canonical": subject.canonical(),
        "exposure": {"amount": "1200.00", "currency": "USD", "client": "Acme", "campaign_id": "cmp_1"},
        "summary": "Launch campaign Spring with 1200.00 USD.",
        "reversible": True,
        "evidence": [],
        "proposer": "user:marketer",
        "actors": ["ads", "agent-ads"],
        "client_id": "ads",
        "idempotency_key": None,
        "required_approvals": 1,
        "expires_in_seconds": 3600,
    }
    return NewAction(**(fields | changed))


@dataclass
class Queue:
    """The queue of one tenant, through the database roles that the two processes have."""

    api: Database
    executor: Database
    tenant: str = field(default_factory=lambda: new_id("tnt"))

    def transaction(self) -> AbstractAsyncContextManager[Connection]:
        return self.api.transaction(self.tenant)

    async def propose(self, **changed: Any) -> Action:
        async with self.transaction() as connection:
            return await repository.propose(connection, proposal(self.tenant, **changed))

    async def vote(
        self, action: Action, reviewer: str = "user:reviewer", vote: Vote = "approve", *, digest: str | None = None
    ) -> Action:
        async with self.transaction() as connection:
            return await repository.decide(
                connection,
                action.id,
                revision=action.revision,
                digest=digest,
                vote=vote,
                reviewer=reviewer,
                client_id="cli",
                reason="Looked at it.",
            )

    async def edit(self, action: Action, editor: str = "user:reviewer", **args: Any) -> Action:
        new = proposal(self.tenant, args=args or {"campaign_id": "cmp_1", "budget": "900.00"})
        change = Edit(new.canonical, new.exposure, new.summary, True, [], action.required_approvals, editor, "Less.")
        async with self.transaction() as connection:
            return await repository.edit(connection, action.id, action.revision, change)

    async def cancel(self, action: Action, by: str = "user:marketer", *, administrator: bool = False) -> Action:
        async with self.transaction() as connection:
            return await repository.cancel(
                connection, action.id, revision=action.revision, by=by, as_administrator=administrator, reason=None
            )

    async def approved(self, **changed: Any) -> Action:
        return await self.vote(await self.propose(**changed))

    async def claim(self, *, lease_seconds: int = 30, max_attempts: int = 8) -> Action | None:
        async with self.executor.system() as connection:
            return await repository.claim(
                connection, worker="executor:test", lease_seconds=lease_seconds, max_attempts=max_attempts
            )

    async def claimed(self) -> Action:
        action = await self.claim()
        assert action is not None
        return action

    async def finish(self, claimed: Action, state: Any = "SUCCEEDED", receipt: dict[str, Any] | None = None) -> Action:
        async with self.executor.system() as connection:
            return await repository.finish(
                connection,
                claimed,
                state=state,
                receipt=RECEIPT if receipt is None else receipt,
                reason=None,
                worker="executor:test",
            )

    async def defer(self, claimed: Action) -> Action:
        async with self.executor.system() as connection:
            return await repository.defer(
                connection, claimed, delay_seconds=60, reason="unreachable", worker="executor:test"
            )

    async def expire(self, max_attempts: int = 8) -> int:
        async with self.executor.system() as connection:
            return await repository.expire(connection, max_attempts=max_attempts, worker="executor:test")

    async def get(self, action_id: str) -> Action:
        async with self.transaction() as connection:
            return await repository.get(connection, action_id)

    async def events(self, action_id: str) -> list[str]:
        async with self.transaction() as connection:
            return [entry.event for entry in await repository.history(connection, action_id)]


async def unguarded(admin: Connection, statement: LiteralString, arguments: Sequence[object] = ()) -> None:
    """What only who can switch the triggers off could do: makes a past, or a forgery."""
    async with admin.transaction():
        await admin.execute("SET LOCAL session_replication_role = replica")
        await admin.execute(statement, arguments)


async def age(admin: Connection, action_id: str) -> None:
    """Let an action's time to be decided pass."""
    await unguarded(admin, "UPDATE approvals.actions SET expires_at = now() WHERE id = %s", (action_id,))


async def end_lease(admin: Connection, action: Action) -> None:
    await admin.execute("UPDATE approvals.actions SET lease_until = now() WHERE id = %s", (action.id,))


async def tampered(admin: Connection, code: str, assignments: str, action: Action) -> None:
    """An administrator's UPDATE of an action, which has to be refused with this SQLSTATE."""
    with pytest.raises(DatabaseError) as refusal:
        await admin.execute(f"UPDATE approvals.actions SET {assignments} WHERE id = '{action.id}'".encode())
    assert refusal.value.sqlstate == code


def copying(**changed: str) -> str:
    """SQL that inserts a copy of the only action, `forged`, with some columns as other expressions."""
    columns = (
        "tenant", "server", "tool", "tool_schema_hash", "canonical", "digest", "args", "target_account",
        "target_state_digest", "exposure", "summary", "reversible", "evidence", "proposer", "actors", "client_id",
        "required_approvals", "policy_version", "expires_at", "changed_by",
    )  # fmt: skip
    names = dict.fromkeys([*columns, *changed])
    values = ", ".join(changed.get(name, name) for name in names)
    return (
        f"INSERT INTO approvals.actions (id, {', '.join(names)}) SELECT 'act_forged', {values} FROM approvals.actions"
    )
