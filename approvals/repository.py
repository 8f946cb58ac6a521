"""The queue's SQL. Writing is calling a versioned function; what the database refuses comes back as a fact."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, LiteralString

from psycopg import sql
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from approvals.domain import Action, AuditEntry, Decision, Revision, State, Vote
from approvals.errors import ActionNotFound, GuardViolated
from approvals.refusals import facts
from kernel.database import Connection

_COLUMNS: Final[LiteralString] = (
    "tenant, id, server, tool, canonical, digest, exposure, summary, reversible, evidence, proposer, actors, client_id,"
    " revision, state, required_approvals, policy_version, expires_at, lease_until, fence, attempts, receipt, reason,"
    " changed_by, created_at, decided_at, finished_at"
)
_ACTIONS = sql.SQL("SELECT {columns} FROM approvals.actions").format(columns=sql.SQL(_COLUMNS))
_AUDIT = sql.SQL(
    "SELECT seq, at, event, action_id, revision, digest, actor, detail, previous_hash, hash FROM approvals.audit"
)


@dataclass(frozen=True, slots=True)
class Filters:
    status: State | None = None
    client: str | None = None
    server: str | None = None
    after: tuple[datetime, str] | None = None
    """Creation time and id of the last action of the page before."""


@dataclass(frozen=True, slots=True)
class NewAction:
    id: str
    canonical: bytes
    exposure: dict[str, Any]
    summary: str
    reversible: bool
    evidence: list[dict[str, Any]]
    proposer: str
    actors: Sequence[str]
    client_id: str
    idempotency_key: str | None
    required_approvals: int
    expires_in_seconds: int


@dataclass(frozen=True, slots=True)
class Edit:
    canonical: bytes
    exposure: dict[str, Any]
    summary: str
    reversible: bool
    evidence: list[dict[str, Any]]
    required_approvals: int
    editor: str
    reason: str


async def propose(connection: Connection, new: NewAction) -> Action:
    """The queued action, or the one that was queued under the same idempotency key."""
    return await _call(
        connection,
        "propose_action_v1",
        new.id,
        new.canonical,
        Jsonb(new.exposure),
        new.summary,
        new.reversible,
        Jsonb(new.evidence),
        new.proposer,
        list(new.actors),
        new.client_id,
        new.idempotency_key,
        new.required_approvals,
        new.expires_in_seconds,
    )


async def decide(
    connection: Connection,
    action_id: str,
    *,
    revision: int,
    digest: str | None,
    vote: Vote,
    reviewer: str,
    client_id: str,
    reason: str | None,
) -> Action:
    return await _call(connection, "decide_action_v1", action_id, revision, digest, vote, reviewer, client_id, reason)


async def edit(connection: Connection, action_id: str, revision: int, new: Edit) -> Action:
    return await _call(
        connection,
        "edit_action_v1",
        action_id,
        revision,
        new.canonical,
        Jsonb(new.exposure),
        new.summary,
        new.reversible,
        Jsonb(new.evidence),
        new.required_approvals,
        new.editor,
        new.reason,
    )


async def cancel(
    connection: Connection, action_id: str, *, revision: int, by: str, as_administrator: bool, reason: str | None
) -> Action:
    return await _call(connection, "cancel_action_v1", action_id, revision, by, as_administrator, reason)


async def claim(connection: Connection, *, worker: str, lease_seconds: int, max_attempts: int) -> Action | None:
    """Lease the next action of any tenant; None when nothing is due."""
    query = sql.SQL("SELECT {columns} FROM approvals.claim_action_v1(%s, %s, %s)").format(columns=sql.SQL(_COLUMNS))
    async with connection.cursor(row_factory=class_row(Action)) as cursor:
        with facts():
            await cursor.execute(query, (worker, lease_seconds, max_attempts))
            return await cursor.fetchone()


async def finish(
    connection: Connection,
    claimed: Action,
    *,
    state: State,
    receipt: dict[str, Any] | None,
    reason: str | None,
    worker: str,
) -> Action:
    """Close a claim. Raises StaleClaim when it is no longer the present one."""
    document = None if receipt is None else Jsonb(receipt)
    return await _call(
        connection, "finish_action_v1", claimed.tenant, claimed.id, claimed.fence, state, document, reason, worker
    )


async def defer(connection: Connection, claimed: Action, *, delay_seconds: float, reason: str, worker: str) -> Action:
    """Give a claim back for a later attempt. Raises StaleClaim when it is no longer the present one."""
    return await _call(
        connection, "defer_action_v1", claimed.tenant, claimed.id, claimed.fence, delay_seconds, reason, worker
    )


async def expire(connection: Connection, *, max_attempts: int, worker: str) -> int:
    """Close what time has closed, in every tenant; how many."""
    with facts():
        cursor = await connection.execute(
            "SELECT approvals.expire_actions_v1(%s, %s) AS closed", (max_attempts, worker)
        )
        row = await cursor.fetchone()
    return int(row["closed"]) if row else 0


async def get(connection: Connection, action_id: str) -> Action:
    """Raises ActionNotFound, also for another tenant's."""
    async with connection.cursor(row_factory=class_row(Action)) as cursor:
        with facts():
            await cursor.execute(sql.SQL("{} WHERE id = %s").format(_ACTIONS), (action_id,))
            action = await cursor.fetchone()
    if action is None:
        raise ActionNotFound(
            f"There is no action {action_id!r}.", field="id", fix="Use an id that the list of actions shows."
        )
    return action


async def newest(connection: Connection, filters: Filters, limit: int) -> list[Action]:
    """Actions, newest first, from where the page before ended."""
    conditions: list[sql.Composable] = []
    values: list[object] = []
    for column, value in (("state", filters.status), ("client", filters.client), ("server", filters.server)):
        if value is not None:
            conditions.append(sql.SQL("{} = %s").format(sql.Identifier(column)))
            values.append(value)
    if filters.after is not None:
        conditions.append(sql.SQL("(created_at, id) < (%s, %s)"))
        values.extend(filters.after)
    where = sql.SQL(" AND ").join(conditions) if conditions else sql.SQL("true")
    query = sql.SQL("{} WHERE {} ORDER BY created_at DESC, id DESC LIMIT %s").format(_ACTIONS, where)
    async with connection.cursor(row_factory=class_row(Action)) as cursor:
        with facts():
            await cursor.execute(query, (*values, limit))
            return await cursor.fetchall()


async def decisions(connection: Connection, action_ids: Sequence[str]) -> list[Decision]:
    """Votes on these actions, oldest first."""
    async with connection.cursor(row_factory=class_row(Decision)) as cursor:
        await cursor.execute(
            "SELECT action_id, revision, digest, decision, reviewer, reason, decided_at FROM approvals.decisions"
            " WHERE action_id = ANY(%s) ORDER BY decided_at",
            (list(action_ids),),
        )
        return await cursor.fetchall()


async def revisions(connection: Connection, action_id: str) -> list[Revision]:
    async with connection.cursor(row_factory=class_row(Revision)) as cursor:
        await cursor.execute(
            "SELECT revision, canonical, digest, exposure, summary, policy_version, editor, reason, created_at"
            " FROM approvals.revisions WHERE action_id = %s ORDER BY revision",
            (action_id,),
        )
        return await cursor.fetchall()


async def history(connection: Connection, action_id: str) -> list[AuditEntry]:
    """What happened to one action, oldest first."""
    async with connection.cursor(row_factory=class_row(AuditEntry)) as cursor:
        await cursor.execute(sql.SQL("{} WHERE action_id = %s ORDER BY seq").format(_AUDIT), (action_id,))
        return await cursor.fetchall()


async def audit_after(connection: Connection, seq: int, limit: int) -> list[AuditEntry]:
    """The tenant's audit entries after a sequence number, oldest first."""
    async with connection.cursor(row_factory=class_row(AuditEntry)) as cursor:
        await cursor.execute(sql.SQL("{} WHERE seq > %s ORDER BY seq LIMIT %s").format(_AUDIT), (seq, limit))
        return await cursor.fetchall()


async def last_audit(connection: Connection) -> int:
    """The sequence number of the tenant's newest audit entry; 0 when there is none."""
    cursor = await connection.execute("SELECT max(seq) AS seq FROM approvals.audit")
    row = await cursor.fetchone()
    return int(row["seq"] or 0) if row else 0


async def broken_audit(connection: Connection, first: int, last: int) -> list[int]:
    """Sequence numbers in a range whose hash or link to the entry before does not hold."""
    cursor = await connection.execute(
        "SELECT seq FROM approvals.broken_audit_v1(%s, %s) AS seq ORDER BY seq", (first, last)
    )
    return [int(row["seq"]) for row in await cursor.fetchall()]


async def _call(connection: Connection, function: str, *arguments: object) -> Action:
    """One of the functions that return the action they wrote."""
    placeholders = sql.SQL(", ").join([sql.Placeholder()] * len(arguments))
    query = sql.SQL("SELECT {} FROM approvals.{}({})").format(sql.SQL(_COLUMNS), sql.Identifier(function), placeholders)
    async with connection.cursor(row_factory=class_row(Action)) as cursor:
        with facts():
            await cursor.execute(query, arguments)
            action = await cursor.fetchone()
    if action is None:
        raise GuardViolated(f"{function} returned nothing.")
    return action
