"""What the tests of the queue share: ready-made proposals, and a queue driven through its SQL functions."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, LiteralString

import pytest
from psycopg.errors import DatabaseError

from approvals import governance, repository
from approvals.domain import Action, Payload, State, Vote
from approvals.governance import Policy
from approvals.policy import PolicyDocument
from approvals.repository import NewAction
from kernel.canonical import canonical_bytes
from kernel.database import Connection, Database
from kernel.ids import new_id

EVERYTHING: LiteralString = (
    "approvals.actions, approvals.revisions, approvals.decisions, approvals.exposures, approvals.reservations,"
    " approvals.delegations, approvals.post_reviews, approvals.requests, approvals.policies, approvals.audit,"
    " approvals.audit_heads, approvals.audit_anchors, approvals.notices, approvals.notice_deliveries"
)
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

PARTIAL: dict[str, Any] = RECEIPT | {
    "applied": {"budget": "900.00"},
    "differences": [{"field": "budget", "requested": "1200.00", "applied": "900.00"}],
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
        "target": {"status": "draft"},
        "exposure": {"amount": "1200.00", "currency": "USD", "client": "Acme", "campaign_id": "cmp_1", "countries": []},
        "summary": "Launch campaign Spring with 1200.00 USD.",
        "reversible": True,
        "evidence": [],
        "provenance": {
            "requested_by": "user:marketer",
            "via": ["ads", "agent-ads"],
            "engine": None,
            "cached": [],
            "untrusted": [],
        },
        "compensates": None,
        "policy_version": "default-1",
    }
    return Payload(**(fields | changed))


def provenance(proposer: str, *, untrusted: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
    return {**payload("t").provenance, "requested_by": proposer, "untrusted": list(untrusted)}


def proposal(
    tenant: str, *, proposer: str = "user:marketer", idempotency_key: str | None = None, **changed: Any
) -> NewAction:
    """An action of a tenant; `changed` are fields of its payload."""
    subject = payload(tenant, **({"provenance": provenance(proposer)} | changed))
    return NewAction(
        id=new_id("act"),
        canonical=subject.canonical(),
        proposer=proposer,
        actors=["ads", "agent-ads"],
        client_id="ads",
        idempotency_key=idempotency_key,
    )


def rules(required: int = 1, **changed: Any) -> dict[str, Any]:
    """A policy for every tool, with one tier and nothing to wait for."""
    tier = {"name": "only", "limits": None, "required_approvals": required, "undo_seconds": 0}
    fields: dict[str, Any] = {"applies_to": ["*"], "tiers": [tier]}
    return PolicyDocument.model_validate(fields | changed).stored()


@dataclass
class Queue:
    """The queue of one tenant, through the database roles that the two processes have."""

    api: Database
    executor: Database
    tenant: str = field(default_factory=lambda: new_id("tnt"))

    def transaction(self) -> AbstractAsyncContextManager[Connection]:
        return self.api.transaction(self.tenant)

    async def govern(self, document: dict[str, Any], name: str = "quorum") -> Policy:
        """Put a policy in force for this tenant."""
        async with self.transaction() as connection:
            return await governance.put_policy(connection, name, document, expected=None, author="user:admin")

    async def propose(self, *, required_approvals: int | None = None, **changed: Any) -> Action:
        """A proposal under the policy in force, or under one that asks for so many approvals."""
        if required_approvals is not None:
            await self.govern(rules(required_approvals))
        tool: dict[str, Any] = {"server": "ads", "tool": "launch_campaign"} | changed
        async with self.transaction() as connection:
            policy = await governance.policy_for(connection, self.tenant, tool["server"], tool["tool"])
            new = proposal(self.tenant, **({"policy_version": policy.label} | changed))
            return await repository.propose(connection, new)

    async def vote(
        self,
        action: Action,
        reviewer: str = "user:reviewer",
        vote: Vote = "approve",
        *,
        digest: str | None = None,
        roles: Sequence[str] = ("reviewer",),
        on_behalf_of: str | None = None,
    ) -> Action:
        async with self.transaction() as connection:
            return await repository.decide(
                connection,
                action.id,
                revision=action.revision,
                digest=digest,
                vote=vote,
                reviewer=reviewer,
                roles=roles,
                on_behalf_of=on_behalf_of,
                client_id="cli",
                reason="Looked at it.",
            )

    async def edit(self, action: Action, editor: str = "user:reviewer", **args: Any) -> Action:
        return await self.edit_as(action, editor, args=args or {"campaign_id": "cmp_1", "budget": "900.00"})

    async def edit_as(self, action: Action, editor: str, **changed: Any) -> Action:
        """A person's edit; `changed` are fields of the payload."""
        async with self.transaction() as connection:
            canonical = await self.revised(connection, action, **changed)
            return await repository.edit(
                connection, action.id, action.revision, canonical, editor=editor, reason="Less."
            )

    async def revised(self, connection: Connection, action: Action, **changed: Any) -> bytes:
        """The canonical bytes of an action's next revision."""
        policy = await governance.policy_for(connection, self.tenant, action.server, action.tool)
        return canonical_bytes(action.document | {"policy_version": policy.label} | changed)

    async def cancel(self, action: Action, by: str = "user:marketer", *, administrator: bool = False) -> Action:
        roles = ["admin"] if administrator else []
        async with self.transaction() as connection:
            return await repository.cancel(
                connection, action.id, revision=action.revision, by=by, roles=roles, reason=None
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
        closed = 0
        while True:
            async with self.executor.system() as connection:
                if not await repository.expire_next(connection, max_attempts=max_attempts, worker="executor:test"):
                    return closed
            closed += 1

    async def drift(self, claimed: Action, **target: Any) -> Action:
        """Have the server find another target than was approved."""
        async with self.executor.transaction(self.tenant) as connection:
            canonical = await self.revised(connection, claimed, target=target, target_state_digest="sha256:" + "c" * 64)
            return await repository.drift(connection, claimed, canonical, reason="It changed.", worker="executor:test")

    async def reconcile(self, action: Action, state: Any, by: str = "user:reviewer") -> Action:
        receipt = RECEIPT if state == "SUCCEEDED" else None
        async with self.transaction() as connection:
            return await repository.reconcile(
                connection, action.id, state=state, receipt=receipt, by=by, reason="Looked at the platform."
            )

    async def get(self, action_id: str) -> Action:
        async with self.transaction() as connection:
            return await repository.get(connection, action_id)

    async def reached(self, action_id: str, state: State) -> Action:
        """An action once it has come to a state, for which it may take a while."""
        async with asyncio.timeout(20):
            while (found := await self.get(action_id)).state != state:  # noqa: ASYNC110 - the state is another process's
                await asyncio.sleep(0.02)
        return found

    async def events(self, action_id: str) -> list[str]:
        async with self.transaction() as connection:
            return [entry.event for entry in await repository.history(connection, action_id)]


async def unguarded(admin: Connection, statement: LiteralString, arguments: Sequence[object] = ()) -> None:
    """What only who can switch the triggers off could do: makes a past, or a forgery."""
    async with admin.transaction():
        await admin.execute("SET LOCAL session_replication_role = replica")
        await admin.execute(statement, arguments)


async def empty(admin: Connection) -> None:
    """Leave nothing in the queue, of any tenant."""
    await unguarded(admin, f"TRUNCATE {EVERYTHING}")


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
        "target_state_digest", "exposure", "summary", "reversible", "evidence", "compensates", "proposer", "actors",
        "client_id", "required_approvals", "policy_version", "terms", "expires_at", "changed_by",
    )  # fmt: skip
    names = dict.fromkeys([*columns, *changed])
    values = ", ".join(changed.get(name, name) for name in names)
    return (
        f"INSERT INTO approvals.actions (id, {', '.join(names)}) SELECT 'act_forged', {values} FROM approvals.actions"
    )


async def until_somebody_waits(queue: Queue) -> None:
    """Return once a session waits for a lock."""
    async with queue.executor.system() as connection, asyncio.timeout(30):
        while not await (await connection.execute("SELECT 1 FROM pg_locks WHERE NOT granted")).fetchone():
            pass
