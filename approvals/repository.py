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
    "tenant, id, server, tool, canonical, digest, exposure, summary, reversible, evidence, compensates, terms,"
    " proposer, actors, client_id, revision, state, required_approvals, policy_version, expires_at, dispatch_after,"
    " broke_glass, lease_until, fence, attempts, receipt, reason, changed_by, created_at, decided_at, finished_at"
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
    tool: str | None = None
    proposer: str | None = None
    campaign_id: str | None = None
    after: tuple[datetime, str] | None = None
    """Creation time and id of the last action of the page before."""


@dataclass(frozen=True, slots=True)
class NewAction:
    id: str
    canonical: bytes
    proposer: str
    actors: Sequence[str]
    client_id: str
    idempotency_key: str | None


async def propose(connection: Connection, new: NewAction) -> Action:
    """The queued action, or the one that was queued under the same idempotency key."""
    arguments = (new.id, new.canonical, new.proposer, list(new.actors), new.client_id, new.idempotency_key)
    return await _call(connection, "propose_action_v2", *arguments)


async def decide(
    connection: Connection,
    action_id: str,
    *,
    revision: int,
    digest: str | None,
    vote: Vote,
    reviewer: str,
    roles: Sequence[str],
    on_behalf_of: str | None,
    client_id: str,
    reason: str | None,
) -> Action:
    arguments = (action_id, revision, digest, vote, reviewer, list(roles), on_behalf_of, client_id, reason)
    return await _call(connection, "decide_action_v2", *arguments)


async def edit(
    connection: Connection, action_id: str, revision: int, canonical: bytes, *, editor: str, reason: str
) -> Action:
    return await _call(connection, "edit_action_v2", action_id, revision, canonical, editor, reason)


async def cancel(
    connection: Connection, action_id: str, *, revision: int, by: str, roles: Sequence[str], reason: str | None
) -> Action:
    return await _call(connection, "cancel_action_v2", action_id, revision, by, list(roles), reason)


async def reconcile(
    connection: Connection, action_id: str, *, state: State, receipt: dict[str, Any] | None, by: str, reason: str | None
) -> Action:
    document = None if receipt is None else Jsonb(receipt)
    return await _call(connection, "reconcile_action_v1", action_id, state, document, by, reason)


async def claim(connection: Connection, *, worker: str, lease_seconds: int, max_attempts: int) -> Action | None:
    """Lease the next action of any tenant; None when nothing is due."""
    query = sql.SQL("SELECT {columns} FROM approvals.claim_action_v2(%s, %s, %s)").format(columns=sql.SQL(_COLUMNS))
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
        connection, "finish_action_v2", claimed.tenant, claimed.id, claimed.fence, state, document, reason, worker
    )


async def defer(connection: Connection, claimed: Action, *, delay_seconds: float, reason: str, worker: str) -> Action:
    """Give a claim back for a later attempt. Raises StaleClaim when it is no longer the present one."""
    return await _call(
        connection, "defer_action_v1", claimed.tenant, claimed.id, claimed.fence, delay_seconds, reason, worker
    )


async def drift(connection: Connection, claimed: Action, canonical: bytes, *, reason: str, worker: str) -> Action:
    """Put a claimed action back to pending as its server would propose it now. Raises StaleClaim."""
    arguments = (claimed.tenant, claimed.id, claimed.fence, canonical, reason, worker)
    return await _call(connection, "drift_action_v1", *arguments)


async def expire_next(connection: Connection, *, max_attempts: int, worker: str) -> bool:
    """Close one action that time has closed, of any tenant; whether there was one."""
    return await _did(connection, "expire_next_v1", max_attempts, worker)


async def remind_next(connection: Connection, *, worker: str) -> bool:
    """Note one reminder or escalation that is due, of any tenant; whether there was one."""
    return await _did(connection, "remind_next_v1", worker)


async def forget_requests(connection: Connection) -> None:
    """Forget idempotency keys older than a day."""
    await connection.execute("SELECT approvals.forget_requests_v1()")


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
    equal = ("client", "server", "tool", "proposer", "campaign_id")
    for column, value in (("state", filters.status), *((name, getattr(filters, name)) for name in equal)):
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
            "SELECT action_id, revision, digest, decision, reviewer, roles, on_behalf_of, automatic, reason, decided_at"
            " FROM approvals.decisions WHERE action_id = ANY(%s) ORDER BY decided_at",
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
    cursor = await connection.execute("SELECT seq FROM approvals.broken_audit_v2(%s, %s) ORDER BY seq", (first, last))
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


async def _did(connection: Connection, function: str, *arguments: object) -> bool:
    """One of the functions that say whether they found something to do."""
    placeholders = sql.SQL(", ").join([sql.Placeholder()] * len(arguments))
    query = sql.SQL("SELECT approvals.{}({}) AS done").format(sql.Identifier(function), placeholders)
    with facts():
        row = await (await connection.execute(query, arguments)).fetchone()
    return bool(row and row["done"])
