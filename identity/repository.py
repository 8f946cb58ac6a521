"""The issuer's tables: SQL in, values out."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from psycopg.types.json import Jsonb

from identity.domain import User
from kernel.auth.principal import Role
from kernel.database import Database


@dataclass(frozen=True, slots=True)
class Credentials:
    """How a client proves who it is: a secret, known by its hash alone, or public keys (a JWK set)."""

    client_id: str
    secret_hash: bytes | None
    public_keys: Mapping[str, Any] | None

    def accepts(self, secret: str) -> bool:
        """Whether this is the client's secret, compared in constant time."""
        return self.secret_hash is not None and hmac.compare_digest(self.secret_hash, hash_of(secret))


@dataclass(frozen=True, slots=True)
class Profile:
    """What a person is called."""

    display_name: str
    email: str | None
    language: str


def hash_of(secret: str) -> bytes:
    """Enough for secrets of 256 random bits: there is nothing to guess that a slow hash would slow down."""
    return hashlib.sha256(secret.encode()).digest()


class Repository:
    """Clients, tenants, users, and the assertions that were used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def register(self, client: Credentials) -> None:
        """Insert a client, or replace its credentials if they changed."""
        keys = None if client.public_keys is None else Jsonb(client.public_keys)
        async with self._database.system() as connection:
            await connection.execute(
                """
                INSERT INTO identity.clients AS stored (client_id, secret_hash, public_keys) VALUES (%s, %s, %s)
                ON CONFLICT (client_id) DO UPDATE
                SET secret_hash = excluded.secret_hash, public_keys = excluded.public_keys, updated_at = now()
                WHERE (stored.secret_hash, stored.public_keys)
                    IS DISTINCT FROM (excluded.secret_hash, excluded.public_keys)
                """,
                (client.client_id, client.secret_hash, keys),
            )

    async def tenants(self) -> list[str]:
        """The tenants whose users may sign in."""
        async with self._database.system() as connection:
            rows = await connection.execute(
                "SELECT tenant FROM identity.list_tenants_v1() WHERE disabled_at IS NULL ORDER BY tenant"
            )
            return [row["tenant"] async for row in rows]

    async def operator(self) -> str | None:
        """The tenant that operates the system."""
        async with self._database.system() as connection:
            rows = await connection.execute("SELECT tenant FROM identity.list_tenants_v1() WHERE operator")
            row = await rows.fetchone()
        return row["tenant"] if row else None

    async def user(self, tenant: str, subject: str) -> User | None:
        """A user who may sign in; None for one who is unknown or disabled, or whose tenant is."""
        async with self._database.transaction(tenant) as connection:
            rows = await connection.execute(
                """
                SELECT roles FROM identity.users JOIN identity.tenants USING (tenant)
                WHERE tenant = %s AND subject = %s AND users.disabled_at IS NULL AND tenants.disabled_at IS NULL
                """,
                (tenant, subject),
            )
            row = await rows.fetchone()
        return User(tenant, subject, tuple(cast("list[Role]", row["roles"]))) if row else None

    async def profile(self, tenant: str, subject: str) -> Profile | None:
        """What a person is called, for whom they let see it; None as for `user`."""
        async with self._database.transaction(tenant) as connection:
            rows = await connection.execute(
                """
                SELECT display_name, email, language FROM identity.users JOIN identity.tenants USING (tenant)
                WHERE tenant = %s AND subject = %s AND users.disabled_at IS NULL AND tenants.disabled_at IS NULL
                """,
                (tenant, subject),
            )
            row = await rows.fetchone()
        return Profile(**row) if row else None

    async def use_assertion(self, client_id: str, assertion_id: str, expires_at: int) -> bool:
        """Mark an assertion as used; False if it was before. Those that have expired are forgotten."""
        async with self._database.system() as connection:
            await connection.execute(
                "DELETE FROM identity.used_assertions WHERE expires_at < now() - interval '1 hour'"
            )
            inserted = await connection.execute(
                """
                INSERT INTO identity.used_assertions (client_id, assertion_id, expires_at) VALUES (%s, %s, %s)
                ON CONFLICT DO NOTHING
                """,
                (client_id, assertion_id, datetime.fromtimestamp(expires_at, UTC)),
            )
            return inserted.rowcount == 1
