"""Rows made from the catalogue alone: one for each tenant in every table that has tenants."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, LiteralString

from psycopg import sql
from psycopg.types.json import Jsonb

from tests.integration.tenancy.catalogue import SyncConnection, tables

FITTING: dict[str, Any] = {
    "ads.campaigns.origin": "imported",
    "ads.campaigns.status": "active",
    "approvals.actions.digest": "sha256:" + "0" * 64,
    "approvals.actions.required_approvals": 1,
    "approvals.actions.state": "PENDING",
    "approvals.decisions.decision": "approve",
    "approvals.delegations.ends_at": "2031-12-01T00:00:00Z",
    "approvals.exposures.scope": "campaign",
    "approvals.policies.name": "house",
    "approvals.notice_deliveries.state": "pending",
    "content.assets.kind": "copy",
    "content.assets.language": "en",
    "content.assets.status": "draft",
    "content.asset_versions.engine": "human",
    "crm.interactions.direction": "inbound",
    "crm.leads.language": "en",
    "crm.leads.status": "new",
    "identity.codes.code_challenge": "c" * 43,
    "identity.invitations.language": "en",
    "identity.invitations.roles": ["viewer"],
    "identity.users.roles": ["viewer"],
    "orchestrator.turns.status": "done",
}
"""What a CHECK of the table asks of a column."""
MADE: dict[str, LiteralString] = {
    "identity.users.subject": "user:{}",
    "identity.users.email": "{}@example.com",
    "identity.invitations.email": "{}@example.com",
    "approvals.actions.exposure": '{{"client": "{}"}}',
}
"""What a CHECK asks of a column that nevertheless has the tenant's name in it."""
_MARKED: dict[str, Callable[[str], Any]] = {
    "text": str,
    "text[]": lambda mark: [mark],
    "jsonb": lambda mark: Jsonb([mark]),
    "bytea": lambda mark: mark.encode().ljust(32, b".")[:32],
}
_PLAIN: dict[str, Any] = {
    "character": "USD",
    "boolean": False,
    "date": "2026-11-01",
    "timestamp with time zone": "2031-11-01T00:00:00Z",
    **dict.fromkeys(("bigint", "integer", "smallint", "numeric", "double precision", "xid8"), "1"),
}


def seed(connection: SyncConnection, tenant: str) -> None:
    """A row of the tenant in every table, where there is none; every free text has the tenant's name in it."""
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")  # no triggers, no foreign keys
        for table in tenant_tables(connection):
            insert(connection, table, row(connection, table, tenant))


def clear(connection: SyncConnection, tenant: str) -> None:
    """Remove every row of a tenant, also where rows are kept."""
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        for table in tenant_tables(connection):
            connection.execute(sql.SQL("DELETE FROM {} WHERE tenant = %s").format(identifier(table)), (tenant,))


def tenant_tables(connection: SyncConnection) -> list[str]:
    """Tables with tenants; one of partitions once, as a whole."""
    return [table.name for table in tables(connection) if table.has_tenant and not table.partition]


def row(connection: SyncConnection, table: str, tenant: str, suffix: str = "") -> dict[str, Any]:
    """Values for the columns that need one, and for free text."""
    columns = connection.execute(
        """
        SELECT attname AS name, format_type(atttypid, NULL) AS type, attnotnull AND NOT atthasdef AS needed
        FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
          AND attgenerated = '' AND attidentity = '' ORDER BY attnum
        """,
        (table,),
    ).fetchall()
    return {
        column["name"]: _value(f"{table}.{column['name']}", column["type"], tenant, suffix)
        for column in columns
        if column["needed"] or f"{table}.{column['name']}" in MADE
    }


def insert(connection: SyncConnection, table: str, values: dict[str, Any]) -> int:
    """How many rows were inserted: none where there is one with this key."""
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT DO NOTHING").format(
        identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, values)),
        sql.SQL(", ").join(sql.Placeholder() for _ in values),
    )
    return connection.execute(statement, list(values.values())).rowcount


@contextmanager
def present(
    connection: SyncConnection, tenant: str | None, *, subject: str | None = None, undo: bool = False
) -> Generator[None]:
    """A transaction of a tenant, or of none, as services begin one; the orchestrator's names a person besides."""
    with connection.transaction(force_rollback=undo):
        if tenant is not None:
            connection.execute("SELECT set_config('app.tenant', %s, true)", (tenant,))
        person = subject or f"{tenant} subject"
        connection.execute("SELECT set_config('app.subject', %s, true)", (person,))
        yield


def subject(tenant: str) -> str:
    """Whose the tenant's rows of conversations are."""
    return f"{tenant} subject"


def rows_of(connection: SyncConnection, tenant: str) -> dict[str, str]:
    """Everything a tenant has, by table: to see that nothing changed."""
    found = connection.execute(_everything(tuple(tenant_tables(connection))), {"tenant": tenant}, prepare=True)
    return {row["name"]: row["rows"] for row in found.fetchall()}


@lru_cache
def _everything(names: tuple[str, ...]) -> sql.Composed:
    one = sql.SQL(
        "SELECT {} AS name, array_agg(t::text ORDER BY t::text)::text AS rows FROM {} t WHERE tenant = %(tenant)s"
    )
    return sql.SQL(" UNION ALL ").join(one.format(sql.Literal(name), identifier(name)) for name in names)


def identifier(name: str) -> sql.Identifier:
    return sql.Identifier(*name.split("."))


def _value(column: str, kind: str, tenant: str, suffix: str) -> Any:
    if column.endswith(".tenant"):
        return tenant
    if column in FITTING:
        return FITTING[column]
    mark = f"{tenant}{suffix}"
    if column in MADE:
        return MADE[column].format(mark)
    if kind in _MARKED:
        return _MARKED[kind](f"{mark} {column.rpartition('.')[2]}")
    assert kind in _PLAIN, f"{column} is of type {kind}: say here what a row has there."
    return _PLAIN[kind]
