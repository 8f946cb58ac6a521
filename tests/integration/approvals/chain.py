"""Audit chains of a past that was never waited for, and tampering with them."""

from datetime import UTC, date, datetime, time
from typing import LiteralString

from approvals.audit_verification import AuditVerifier
from kernel.database import Connection
from tests.integration.approvals.support import Queue, unguarded

ARCHIVIST = "promptsales_approvals_archivist"


async def as_archivist(admin: Connection, statement: LiteralString, arguments: tuple[object, ...] = ()) -> None:
    """A statement as the owner of the audit."""
    async with admin.transaction():
        await admin.execute("SET LOCAL ROLE promptsales_approvals_archivist")
        await admin.execute(statement, arguments)


async def today(admin: Connection) -> date:
    cursor = await admin.execute("SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date AS today")
    row = await cursor.fetchone()
    assert row is not None
    return row["today"]


async def written_on(admin: Connection, tenant: str, day: date, count: int) -> None:
    """Entries as they would have been appended at noon of a day, in the day's partition."""
    await as_archivist(admin, "SELECT approvals.make_audit_partition_v1(%s)", (day,))
    at = datetime.combine(day, time(12), UTC)
    for _ in range(count):
        await unguarded(
            admin,
            "INSERT INTO approvals.audit (tenant, seq, at, event, action_id, revision, digest, actor, detail,"
            " previous_hash, hash) SELECT t.tenant, coalesce(h.seq, 0) + 1, %s, 'proposed', 'act_past', 1, 'd', 'a',"
            " '{}', coalesce(h.hash, sha256('')), '' FROM (VALUES (%s)) AS t (tenant)"
            " LEFT JOIN approvals.audit_heads AS h USING (tenant)",
            (at, tenant),
        )
        await rehash_newest(admin, tenant)


async def rehash_newest(admin: Connection, tenant: str) -> None:
    """Hash the newest entry as it stands, and let the head be it."""
    await unguarded(
        admin,
        "WITH newest AS (UPDATE approvals.audit AS a SET hash = approvals.audit_hash_v1(a)"
        " WHERE tenant = %(tenant)s AND seq = (SELECT max(seq) FROM approvals.audit WHERE tenant = %(tenant)s)"
        " RETURNING tenant, seq, hash, at)"
        " INSERT INTO approvals.audit_heads (tenant, seq, hash, at) SELECT tenant, seq, hash, at FROM newest"
        " ON CONFLICT (tenant) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, at = excluded.at",
        {"tenant": tenant},  # pyright: ignore[reportArgumentType] - psycopg takes names as well
    )


async def partitions(admin: Connection) -> dict[str, int]:
    """How many entries each partition has."""
    cursor = await admin.execute(
        "SELECT c.relname AS name FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid"
        " WHERE inhparent = 'approvals.audit'::regclass ORDER BY 1"
    )
    found: dict[str, int] = {}
    for row in await cursor.fetchall():
        counted = await admin.execute(f'SELECT count(*) AS n FROM approvals_audit."{row["name"]}"'.encode())
        found[row["name"]] = (await counted.fetchall())[0]["n"]
    return found


def name_of(day: date) -> str:
    return f"day_{day:%Y%m%d}"


async def found_broken(queue: Queue, *, page: int = 2_000) -> list[tuple[int, str]]:
    """What a verification of the queue's tenant finds."""
    found = await AuditVerifier(queue.api, page=page).verify(queue.tenant)
    return [(broken.seq, broken.reason) for broken in found.broken]
