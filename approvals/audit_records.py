"""The SQL of the audit's verification and upkeep."""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.rows import class_row

from approvals.audit import Anchor, Broken, Extent
from kernel.database import Connection

_EXTENT = """
    SELECT head.seq AS head_seq, head.hash AS head_hash, chain.first, chain.last, chain.entries,
           (SELECT hash FROM approvals.audit ORDER BY seq DESC, at DESC LIMIT 1) AS last_hash
    FROM (SELECT min(seq) AS first, max(seq) AS last, count(*) AS entries FROM approvals.audit) AS chain
    LEFT JOIN approvals.audit_heads AS head ON true
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """What one pass of the upkeep did, in partitions."""

    made: int
    dropped: int


async def extent(connection: Connection) -> Extent:
    """Head and entries of the tenant's chain, as of one instant."""
    async with connection.cursor(row_factory=class_row(Extent)) as cursor:
        await cursor.execute(_EXTENT)
        return await cursor.fetchone() or Extent(None, None, None, None, None, 0)


async def anchors(connection: Connection, limit: int) -> list[Anchor]:
    """The tenant's newest anchors, newest last."""
    async with connection.cursor(row_factory=class_row(Anchor)) as cursor:
        await cursor.execute(
            "SELECT seq, hash, at, dropped FROM approvals.audit_anchors ORDER BY seq DESC LIMIT %s", (limit,)
        )
        return (await cursor.fetchall())[::-1]


async def positions(connection: Connection, tenants: Sequence[str]) -> dict[str, int]:
    """The number of the newest entry of each of these tenants that has any."""
    cursor = await connection.execute("SELECT tenant, seq FROM approvals.audit_positions_v1(%s)", (list(tenants),))
    return {row["tenant"]: row["seq"] for row in await cursor.fetchall()}


async def page_end(connection: Connection, first: int, size: int) -> int | None:
    """The number of the last of `size` entries from `first` on; None when there are none."""
    cursor = await connection.execute(
        "SELECT max(seq) AS seq FROM (SELECT seq FROM approvals.audit WHERE seq >= %s ORDER BY seq LIMIT %s) AS page",
        (first, size),
    )
    row = await cursor.fetchone()
    return row["seq"] if row else None


async def broken(connection: Connection, first: int, last: int) -> list[Broken]:
    """Entries in a range that do not hold, in order."""
    async with connection.cursor(row_factory=class_row(Broken)) as cursor:
        await cursor.execute("SELECT seq, reason FROM approvals.broken_audit_v2(%s, %s) ORDER BY seq", (first, last))
        return await cursor.fetchall()


async def keep(connection: Connection, *, days_ahead: int, retention_days: int) -> Kept:
    """Make partitions ahead and drop those past the retention."""
    async with connection.cursor(row_factory=class_row(Kept)) as cursor:
        await cursor.execute("SELECT made, dropped FROM approvals.keep_audit_v1(%s, %s)", (days_ahead, retention_days))
        return await cursor.fetchone() or Kept(0, 0)
