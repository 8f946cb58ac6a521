"""The table of clients: SQL in, values out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from psycopg import errors as refusals
from psycopg.rows import DictRow

from identity.clients.client import Machine, Source
from identity.clients.errors import TenantUnknown
from identity.domain import FAMILY_SECONDS, GrantType
from identity.repository import Credentials
from kernel.auth.principal import Role
from kernel.auth.roles import Resource
from kernel.database import Connection, Database

NEVER_USED_SECONDS = 24 * 3600
"""How long a client that registered itself may stay unused at first."""
_ALIVE = """
    disabled_at IS NULL AND (
        source <> 'dynamic' OR now() < coalesce(
            last_used_at + make_interval(secs => %(idle)s), created_at + make_interval(secs => %(unused)s)
        )
    )
"""
_LIMITS = {"idle": FAMILY_SECONDS, "unused": NEVER_USED_SECONDS}
"""Of a client idle for longer than a family lives, no refresh token is left."""
_COLUMNS = """
    client_id, secret_hash, public_keys, source, name, redirect_uris, grants, resources, machine_tenant, machine_roles,
    disabled_at, created_at, last_used_at
"""


@dataclass(frozen=True, slots=True)
class StoredClient:
    """A row: what the database knows of a client."""

    credentials: Credentials
    source: Source
    name: str | None
    """None for built-in clients alone."""
    redirect_uris: tuple[str, ...]
    grants: frozenset[GrantType]
    resources: tuple[Resource, ...]
    machine: Machine | None
    created_at: datetime
    disabled_at: datetime | None
    last_used_at: datetime | None

    @property
    def client_id(self) -> str:
        return self.credentials.client_id


@dataclass(frozen=True, slots=True)
class NewClient:
    """A client to be stored."""

    client_id: str
    source: Source
    name: str
    redirect_uris: tuple[str, ...]
    grants: frozenset[GrantType]
    resources: tuple[Resource, ...]
    secret_hash: bytes | None = None
    machine: Machine | None = None


class ClientRepository:
    """Clients of all tenants: the table belongs to none."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, client_id: str) -> StoredClient | None:
        """A client that is neither disabled nor expired."""
        async with self._database.system() as connection:
            rows = await connection.execute(
                f"SELECT {_COLUMNS} FROM identity.clients WHERE client_id = %(id)s AND {_ALIVE}",  # noqa: S608 - constants
                {"id": client_id, **_LIMITS},
            )
            row = await rows.fetchone()
        return _stored(row) if row else None

    async def listed(self) -> Sequence[StoredClient]:
        """Every client that is not built in, disabled ones too, the newest first."""
        async with self._database.system() as connection:
            rows = await connection.execute(
                f"SELECT {_COLUMNS} FROM identity.clients WHERE source <> 'built-in' "  # noqa: S608 - constants
                "ORDER BY created_at DESC, client_id"
            )
            return [_stored(row) async for row in rows]

    async def add(self, client: NewClient) -> StoredClient:
        """Store a client; raises TenantUnknown."""
        try:
            async with self._database.system() as connection:
                return await _insert(connection, client)
        except refusals.ForeignKeyViolation as error:
            raise TenantUnknown("There is no such tenant.", field="machine.tenant") from error

    async def add_dynamic(self, client: NewClient, limit: int) -> StoredClient | None:
        """Store a client that registered itself, unless `limit` of them are there; expired ones make room."""
        async with self._database.system() as connection:
            # One at a time, or many at once would each still see room.
            await connection.execute("SELECT pg_advisory_xact_lock(hashtext('identity.clients.dynamic'))")
            await connection.execute(
                f"DELETE FROM identity.clients WHERE source = 'dynamic' AND disabled_at IS NULL AND NOT ({_ALIVE})",  # noqa: S608 - constants
                _LIMITS,
            )
            rows = await connection.execute("SELECT count(*) AS held FROM identity.clients WHERE source = 'dynamic'")
            counted = cast("DictRow", await rows.fetchone())
            return await _insert(connection, client) if counted["held"] < limit else None

    async def disable(self, client_id: str) -> StoredClient | None:
        """Disable a client, once; None for one that is unknown or built in."""
        async with self._database.system() as connection:
            rows = await connection.execute(
                f"""
                UPDATE identity.clients SET disabled_at = coalesce(disabled_at, now()), updated_at = now()
                WHERE client_id = %s AND source <> 'built-in' RETURNING {_COLUMNS}
                """,  # noqa: S608 - constants
                (client_id,),
            )
            row = await rows.fetchone()
        return _stored(row) if row else None

    async def mark_used(self, client_id: str) -> None:
        """Remember that a client that registered itself is in use, written at most once a day."""
        async with self._database.system() as connection:
            await connection.execute(
                """
                UPDATE identity.clients SET last_used_at = now()
                WHERE client_id = %s AND (last_used_at IS NULL OR last_used_at < now() - interval '1 day')
                """,
                (client_id,),
            )


async def _insert(connection: Connection, client: NewClient) -> StoredClient:
    machine = client.machine
    rows = await connection.execute(
        f"""
        INSERT INTO identity.clients (
            client_id, source, name, redirect_uris, grants, resources, secret_hash, machine_tenant, machine_roles
        ) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING {_COLUMNS}
        """,  # noqa: S608 - constants
        (
            client.client_id,
            client.source,
            client.name,
            list(client.redirect_uris),
            sorted(client.grants),
            list(client.resources),
            client.secret_hash,
            machine.tenant if machine else None,
            list(machine.roles) if machine else [],
        ),
    )
    return _stored(cast("DictRow", await rows.fetchone()))


def _stored(row: DictRow) -> StoredClient:
    tenant = cast("str | None", row["machine_tenant"])
    return StoredClient(
        credentials=Credentials(row["client_id"], row["secret_hash"], row["public_keys"]),
        source=row["source"],
        name=row["name"],
        redirect_uris=tuple(row["redirect_uris"]),
        grants=frozenset(cast("list[GrantType]", row["grants"])),
        resources=tuple(cast("list[Resource]", row["resources"])),
        machine=Machine(tenant, tuple(cast("list[Role]", row["machine_roles"]))) if tenant else None,
        created_at=row["created_at"],
        disabled_at=row["disabled_at"],
        last_used_at=row["last_used_at"],
    )
