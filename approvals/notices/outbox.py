"""The outbox's SQL: notices of every tenant for the courier, one tenant's for who looks at them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from approvals.notices.notice import Delivery, Event, Notice
from kernel.database import Connection

State = Literal["pending", "delivered", "dead"]


@dataclass(frozen=True, slots=True)
class Shown:
    """A delivery as it stands."""

    id: str
    seq: int
    event: Event
    action_id: str
    summary: str
    at: datetime
    channel: str
    state: State
    attempts: int
    error: str | None
    delivered_at: datetime | None


async def route(connection: Connection, channels: Sequence[Mapping[str, Any]], limit: int) -> int:
    """Give new notices to the channels `{name, tenants, events}` that want them; how many there were."""
    cursor = await connection.execute(
        "SELECT approvals.route_notices_v1(%s, %s) AS routed", (Jsonb(list(channels)), limit)
    )
    row = await cursor.fetchone()
    return int(row["routed"]) if row else 0


async def claim(
    connection: Connection, channels: Sequence[str], *, limit: int, lease_seconds: float, max_attempts: int
) -> list[Delivery]:
    """Deliveries that are due, the courier's alone until the lease ends; oldest first."""
    cursor = await connection.execute(
        "SELECT * FROM approvals.claim_notices_v1(%s, %s, %s, %s)",
        (list(channels), limit, lease_seconds, max_attempts),
    )
    return [_delivery(row) for row in await cursor.fetchall()]


async def finish(
    connection: Connection, delivery: Delivery, *, error: str | None, retry_seconds: float | None, max_attempts: int
) -> State | None:
    """Close an attempt: delivered without an error; else due again, or dead. None when it was delivered meanwhile."""
    cursor = await connection.execute(
        "SELECT approvals.finish_notice_v1(%s, %s, %s, %s, %s, %s) AS state",
        (delivery.notice.tenant, delivery.notice.seq, delivery.channel, error, retry_seconds, max_attempts),
    )
    row = await cursor.fetchone()
    return cast("State | None", row["state"]) if row else None


async def sweep(connection: Connection, keep_days: int) -> int:
    """Delete what is older; how many notices."""
    cursor = await connection.execute("SELECT approvals.sweep_notices_v1(%s) AS swept", (keep_days,))
    row = await cursor.fetchone()
    return int(row["swept"]) if row else 0


async def newest(connection: Connection, *, state: State | None, before: int | None, limit: int) -> list[Shown]:
    """The tenant's deliveries, newest notice first, of notices before an audit sequence number."""
    async with connection.cursor(row_factory=class_row(Shown)) as cursor:
        await cursor.execute(
            "SELECT n.id, n.seq, n.event, n.action_id, n.summary, n.at, d.channel, d.state, d.attempts, d.error,"
            " d.delivered_at FROM approvals.notices AS n JOIN approvals.notice_deliveries AS d USING (tenant, seq)"
            " WHERE (%(state)s::text IS NULL OR d.state = %(state)s)"
            " AND (%(before)s::bigint IS NULL OR n.seq < %(before)s)"
            " ORDER BY n.seq DESC, d.channel LIMIT %(limit)s",
            {"state": state, "before": before, "limit": limit},
        )
        return await cursor.fetchall()


def _delivery(row: Mapping[str, Any]) -> Delivery:
    names = ("tenant", "seq", "id", "event", "action_id", "revision", "summary", "proposer", "at")
    return Delivery(Notice(**{name: row[name] for name in names}), row["channel"], row["attempts"])
