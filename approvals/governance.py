"""What the queue is governed by, as rows: policies, caps and what is committed, delegations, reviews after the fact."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, LiteralString, TypeVar

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from approvals.refusals import facts
from kernel.database import Connection

_POLICY: LiteralString = "tenant, name, version, document, author, created_at"
_DELEGATION: LiteralString = "id, delegator, roles, delegate, starts_at, ends_at, reason, revoked_at"
_REVIEW: LiteralString = "action_id, opened_at, closed_at, closed_by, finding"


@dataclass(frozen=True, slots=True)
class Policy:
    tenant: str
    """`*` for the installation's."""
    name: str
    version: int
    document: dict[str, Any]
    author: str
    created_at: datetime

    @property
    def label(self) -> str:
        """Part of every action's digest: an approval says which rules it was given under."""
        return f"{self.name}-{self.version}"


@dataclass(frozen=True, slots=True)
class Delegation:
    id: str
    delegator: str
    roles: list[str]
    delegate: str
    starts_at: datetime
    ends_at: datetime
    reason: str
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class PostReview:
    """An action that was released by breaking the glass, to be looked at afterwards."""

    action_id: str
    opened_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    finding: str | None


@dataclass(frozen=True, slots=True)
class Committed:
    """One counter of the ledger: how much of a unit is committed in a scope and period, and by what."""

    scope: str
    subject: str
    period: str
    unit: str
    committed: Decimal
    pending: Decimal
    approved: Decimal
    executed: Decimal
    cap: Decimal | None


RowT = TypeVar("RowT", Policy, Delegation, PostReview)


async def install(connection: Connection, document: Mapping[str, Any]) -> None:
    """Put the installation's default policy in force."""
    await connection.execute("SELECT approvals.install_policy_v1(%s)", (Jsonb(document),))


async def policy_for(connection: Connection, tenant: str, server: str, tool: str) -> Policy:
    """The policy in force for a tool."""
    query = f"SELECT {_POLICY} FROM approvals.policy_in_force_v1(%s, %s, %s)"  # noqa: S608 - a constant
    async with connection.cursor(row_factory=class_row(Policy)) as cursor:
        await cursor.execute(query, (tenant, server, tool))
        found = await cursor.fetchone()
    assert found is not None  # noqa: S101 - the default policy is installed at start, and is for every tool
    return found


async def policies(connection: Connection) -> list[Policy]:
    """The newest version of each policy in force for the tenant."""
    async with connection.cursor(row_factory=class_row(Policy)) as cursor:
        await cursor.execute(
            f"SELECT DISTINCT ON (name) {_POLICY} FROM approvals.policies"  # noqa: S608 - a constant
            " ORDER BY name, tenant = '*', version DESC"
        )
        return await cursor.fetchall()


async def put_policy(
    connection: Connection, name: str, document: Mapping[str, Any], *, expected: int | None, author: str
) -> Policy:
    query = f"SELECT {_POLICY} FROM approvals.put_policy_v1(%s, %s, %s, %s)"  # noqa: S608 - a constant
    return await _one(connection, Policy, query, (name, Jsonb(document), expected, author))


async def committed(connection: Connection, subject: str | None, limit: int) -> list[Committed]:
    """The ledger's counters, newest periods first; of one client or campaign, if named."""
    async with connection.cursor(row_factory=class_row(Committed)) as cursor:
        await cursor.execute(
            """
            SELECT e.scope, e.subject, e.period, e.unit, e.committed, e.cap,
                   coalesce(sum(r.amount) FILTER (WHERE a.state = 'PENDING'), 0) AS pending,
                   coalesce(sum(r.amount) FILTER (WHERE a.state IN ('APPROVED', 'EXECUTING', 'UNKNOWN')), 0)
                       AS approved,
                   coalesce(sum(r.amount) FILTER (WHERE a.state IN ('SUCCEEDED', 'FAILED_PARTIAL')), 0) AS executed
            FROM (SELECT * FROM approvals.exposures WHERE %(subject)s::text IS NULL OR subject = %(subject)s
                  ORDER BY period DESC, scope, subject, unit LIMIT %(limit)s) AS e
            LEFT JOIN approvals.reservations AS r
              ON (r.tenant, r.scope, r.subject, r.period, r.unit) = (e.tenant, e.scope, e.subject, e.period, e.unit)
             AND r.released_at IS NULL
            LEFT JOIN approvals.actions AS a ON (a.tenant, a.id) = (r.tenant, r.action_id)
            GROUP BY e.scope, e.subject, e.period, e.unit, e.committed, e.cap
            ORDER BY e.period DESC, e.scope, e.subject, e.unit
            """,
            {"subject": subject, "limit": limit},
        )
        return await cursor.fetchall()


async def delegate(
    connection: Connection,
    new_id: str,
    *,
    delegator: str,
    roles: Sequence[str],
    to: str,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
) -> Delegation:
    query = f"SELECT {_DELEGATION} FROM approvals.delegate_v1(%s, %s, %s, %s, %s, %s, %s)"  # noqa: S608 - a constant
    return await _one(connection, Delegation, query, (new_id, delegator, list(roles), to, starts_at, ends_at, reason))


async def revoke_delegation(connection: Connection, delegation_id: str, by: str, roles: Sequence[str]) -> Delegation:
    query = f"SELECT {_DELEGATION} FROM approvals.revoke_delegation_v1(%s, %s, %s)"  # noqa: S608 - a constant
    return await _one(connection, Delegation, query, (delegation_id, by, list(roles)))


async def delegations(connection: Connection) -> list[Delegation]:
    """Those that have not ended."""
    async with connection.cursor(row_factory=class_row(Delegation)) as cursor:
        await cursor.execute(
            f"SELECT {_DELEGATION} FROM approvals.delegations"  # noqa: S608 - a constant
            " WHERE revoked_at IS NULL AND ends_at > clock_timestamp() ORDER BY starts_at, id"
        )
        return await cursor.fetchall()


async def post_reviews(connection: Connection) -> list[PostReview]:
    """Open ones first, then the newest."""
    async with connection.cursor(row_factory=class_row(PostReview)) as cursor:
        await cursor.execute(
            f"SELECT {_REVIEW} FROM approvals.post_reviews"  # noqa: S608 - a constant
            " ORDER BY closed_at IS NOT NULL, opened_at DESC LIMIT 200"
        )
        return await cursor.fetchall()


async def close_review(connection: Connection, action_id: str, by: str, finding: str) -> PostReview:
    query = f"SELECT {_REVIEW} FROM approvals.close_review_v1(%s, %s, %s)"  # noqa: S608 - a constant
    return await _one(connection, PostReview, query, (action_id, by, finding))


async def _one(connection: Connection, kind: type[RowT], query: LiteralString, arguments: Sequence[object]) -> RowT:
    async with connection.cursor(row_factory=class_row(kind)) as cursor:
        with facts():
            await cursor.execute(query, arguments)
            row = await cursor.fetchone()
    assert row is not None  # noqa: S101 - these functions return what they wrote
    return row
