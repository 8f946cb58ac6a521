"""Families: one for each time a person lets a client act; its codes and refresh tokens. SQL in, values out.

A code or refresh token is read under a lock that is held until its transaction ends, so that of several uses at once
one sees it unused and the others see when it was used.
"""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal, LiteralString, cast

from psycopg import AsyncCursor
from psycopg.rows import DictRow

from identity import revocations
from identity.domain import CODE_SECONDS, REFRESH_IDLE_SECONDS, Family, User
from identity.opaque import OpaqueSecret
from kernel.auth.revocations import Revocation
from kernel.auth.roles import Resource
from kernel.database import Connection, Database

State = Literal["live", "contended", "replayed", "dead"]
"""`contended`: used since this use arrived, by another that came at the same time. `replayed`: used before."""

_FAMILY = """
    families.tenant, families.family_id, families.subject, families.client_id, families.client_name,
    families.resources, families.scopes, families.browser_session,
    extract(epoch FROM families.signed_in_at)::bigint AS signed_in_at,
    extract(epoch FROM families.expires_at)::bigint AS expires_at
"""
_HELD = f"""
    SELECT {_FAMILY}, held.used_at,
        held.expires_at > transaction_timestamp() AND families.expires_at > transaction_timestamp()
            AND families.revoked_at IS NULL AS usable,
        users.roles, users.disabled_at IS NULL AND tenants.disabled_at IS NULL AS may_sign_in
"""
_OF_FAMILY = """
    JOIN identity.families USING (tenant, family_id)
    JOIN identity.users USING (tenant, subject)
    JOIN identity.tenants USING (tenant)
    WHERE held.tenant = %s AND held.secret_hash = %s
    FOR UPDATE OF held FOR SHARE OF families
"""


@dataclass(frozen=True, slots=True)
class Binding:
    """What a code is bound to, besides its family's client."""

    redirect_uri: str
    code_challenge: str
    """S256, RFC 7636."""
    nonce: str | None


class Held:
    """A code or a refresh token, locked, with whom it stands for."""

    _USE: ClassVar[LiteralString]

    def __init__(self, connection: Connection, secret: OpaqueSecret, row: dict[str, Any]) -> None:
        self._connection = connection
        self._secret = secret
        self._used_at = cast("datetime | None", row["used_at"])
        self._usable = bool(row["usable"])
        self.family = _family(row)
        self.user = User(self.family.tenant, self.family.subject, tuple(row["roles"])) if row["may_sign_in"] else None
        """None when the person may no longer sign in."""

    def state(self, arrived_at: datetime) -> State:
        """How it stands for a use that arrived then, by the database's clock."""
        if self._used_at is not None:
            return "contended" if self._used_at >= arrived_at else "replayed"
        return "live" if self._usable else "dead"

    async def spend(self, successor: OpaqueSecret | None) -> None:
        """Use it up and put the family's next refresh token, if there is to be one, in its place."""
        await self._connection.execute(self._USE, (self._secret.tenant, self._secret.secret_hash))
        if successor is not None:
            await self._connection.execute(
                """
                INSERT INTO identity.refresh_tokens (tenant, secret_hash, family_id, expires_at)
                SELECT tenant, %s, family_id, least(now() + make_interval(secs => %s), expires_at)
                FROM identity.families WHERE tenant = %s AND family_id = %s
                """,
                (successor.secret_hash, REFRESH_IDLE_SECONDS, self.family.tenant, self.family.family_id),
            )


class HeldCode(Held):
    """An authorization code, locked."""

    _USE = """
        UPDATE identity.codes SET used_at = clock_timestamp()
        WHERE tenant = %s AND secret_hash = %s AND used_at IS NULL
    """

    def __init__(self, connection: Connection, secret: OpaqueSecret, row: dict[str, Any]) -> None:
        super().__init__(connection, secret, row)
        self.binding = Binding(row["redirect_uri"], row["code_challenge"], row["nonce"])


class HeldRefreshToken(Held):
    """A refresh token, locked."""

    _USE = """
        UPDATE identity.refresh_tokens SET used_at = clock_timestamp()
        WHERE tenant = %s AND secret_hash = %s AND used_at IS NULL
    """


class Arrival:
    """When a request came, to tell uses that came together from a second use later on."""

    def __init__(self) -> None:
        self._at = time.monotonic()

    def waited(self) -> float:
        """Seconds since then."""
        return time.monotonic() - self._at


class Families:
    """What people let clients do."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, family: Family, code: OpaqueSecret, binding: Binding) -> bool:
        """Keep a new family and the code that it begins with; False when the browser session is over by now.

        Who ends that session at the same time waits, and then finds the family to end as well.
        """
        async with self._database.transaction(family.tenant) as connection:
            begun = await connection.execute(
                """
                INSERT INTO identity.families (tenant, family_id, subject, client_id, client_name, resources, scopes,
                    browser_session, signed_in_at, expires_at)
                SELECT tenant, %s, subject, %s, %s, %s, %s, secret_hash, to_timestamp(%s), to_timestamp(%s)
                FROM identity.browser_sessions
                WHERE tenant = %s AND secret_hash = %s AND subject = %s AND ended_at IS NULL AND expires_at > now()
                FOR SHARE
                """,
                (
                    family.family_id,
                    family.client_id,
                    family.client_name,
                    list(family.resources),
                    sorted(family.scopes),
                    family.signed_in_at,
                    family.expires_at,
                    family.tenant,
                    family.browser_session,
                    family.subject,
                ),
            )
            if begun.rowcount != 1:
                return False
            await connection.execute(
                """
                INSERT INTO identity.codes (tenant, secret_hash, family_id, redirect_uri, code_challenge, nonce,
                    expires_at)
                VALUES (%s, %s, %s, %s, %s, %s, now() + make_interval(secs => %s))
                """,
                (
                    family.tenant,
                    code.secret_hash,
                    family.family_id,
                    binding.redirect_uri,
                    binding.code_challenge,
                    binding.nonce,
                    CODE_SECONDS,
                ),
            )
        return True

    @asynccontextmanager
    async def code(self, secret: OpaqueSecret, arrival: Arrival) -> AsyncGenerator[tuple[HeldCode, State] | None]:
        """A code, locked, and how it stands; None when it was never issued. Spent at exit, unless an error passes."""
        query = f"{_HELD}, held.redirect_uri, held.code_challenge, held.nonce FROM identity.codes AS held {_OF_FAMILY}"
        async with self._transaction(secret.tenant, arrival) as (connection, arrived_at):
            row = await (await connection.execute(query, (secret.tenant, secret.secret_hash))).fetchone()
            held = HeldCode(connection, secret, row) if row else None
            yield (held, held.state(arrived_at)) if held else None

    @asynccontextmanager
    async def refresh_token(
        self, secret: OpaqueSecret, arrival: Arrival
    ) -> AsyncGenerator[tuple[HeldRefreshToken, State] | None]:
        """The same for a refresh token."""
        query = f"{_HELD} FROM identity.refresh_tokens AS held {_OF_FAMILY}"
        async with self._transaction(secret.tenant, arrival) as (connection, arrived_at):
            row = await (await connection.execute(query, (secret.tenant, secret.secret_hash))).fetchone()
            held = HeldRefreshToken(connection, secret, row) if row else None
            yield (held, held.state(arrived_at)) if held else None

    @asynccontextmanager
    async def _transaction(self, tenant: str, arrival: Arrival) -> AsyncGenerator[tuple[Connection, datetime]]:
        """A tenant's transaction, and when the request arrived by the database's clock.

        That is a moment of the database's less the time waited until it was asked for: what a doubt of milliseconds
        there is makes a use look later than it was. In a burst it does not matter (all arrive before the first has got
        this far), and it never lets a replay pass for part of one.
        """
        async with self._database.transaction(tenant) as connection:
            waited = arrival.waited()
            rows = await connection.execute("SELECT clock_timestamp() AS moment")
            moment = cast("datetime", cast("DictRow", await rows.fetchone())["moment"])
            yield connection, moment - timedelta(seconds=waited)

    async def live_refresh_token(self, secret: OpaqueSecret) -> tuple[Family, int] | None:
        """The family of a refresh token that would work now, and when it expires; None otherwise."""
        async with self._database.transaction(secret.tenant) as connection:
            rows = await connection.execute(
                f"""
                SELECT {_FAMILY}, extract(epoch FROM held.expires_at)::bigint AS dies_at
                FROM identity.refresh_tokens AS held
                JOIN identity.families USING (tenant, family_id)
                JOIN identity.users USING (tenant, subject)
                JOIN identity.tenants USING (tenant)
                WHERE held.tenant = %s AND held.secret_hash = %s AND held.used_at IS NULL AND held.expires_at > now()
                    AND families.revoked_at IS NULL AND families.expires_at > now()
                    AND users.disabled_at IS NULL AND tenants.disabled_at IS NULL
                """,  # noqa: S608 - made of constants
                (secret.tenant, secret.secret_hash),
            )
            row = await rows.fetchone()
        return (_family(row), cast("int", row["dies_at"])) if row else None

    async def family_of(self, secret: OpaqueSecret) -> Family | None:
        """The family of a refresh token, however it stands; None when it was never issued."""
        async with self._database.transaction(secret.tenant) as connection:
            rows = await connection.execute(
                f"""
                SELECT {_FAMILY} FROM identity.refresh_tokens AS held JOIN identity.families USING (tenant, family_id)
                WHERE held.tenant = %s AND held.secret_hash = %s
                """,  # noqa: S608 - made of constants
                (secret.tenant, secret.secret_hash),
            )
            row = await rows.fetchone()
        return _family(row) if row else None

    async def revoke(self, tenant: str, family_id: str, because: str) -> list[Revocation]:
        """End a family, and what resource servers are to be told: again if it had ended, nothing if it never was."""
        async with self._database.transaction(tenant) as connection:
            rows = await connection.execute(
                """
                UPDATE identity.families
                SET revoked_at = coalesce(revoked_at, now()), revoked_because = coalesce(revoked_because, %s)
                WHERE tenant = %s AND family_id = %s RETURNING family_id
                """,
                (because, tenant, family_id),
            )
            return await _told(connection, rows)

    async def revoke_all(self, tenant: str, subject: str, because: str) -> list[Revocation]:
        """The same for everything that a person has been issued until now."""
        async with self._database.transaction(tenant) as connection:
            rows = await connection.execute(
                """
                UPDATE identity.families SET revoked_at = now(), revoked_because = %s
                WHERE tenant = %s AND subject = %s AND revoked_at IS NULL RETURNING family_id
                """,
                (because, tenant, subject),
            )
            return await _told(connection, rows, revocations.of_subject(tenant, subject))

    async def sign_out(self, tenant: str, secret_hash: bytes, because: str) -> list[Revocation]:
        """The same for a browser session and the families that began in it."""
        async with self._database.transaction(tenant) as connection:
            await connection.execute(
                """
                UPDATE identity.browser_sessions SET ended_at = now()
                WHERE tenant = %s AND secret_hash = %s AND ended_at IS NULL
                """,
                (tenant, secret_hash),
            )
            rows = await connection.execute(
                """
                UPDATE identity.families
                SET revoked_at = coalesce(revoked_at, now()), revoked_because = coalesce(revoked_because, %s)
                WHERE tenant = %s AND browser_session = %s RETURNING family_id
                """,
                (because, tenant, secret_hash),
            )
            return await _told(connection, rows)

    async def sweep(self, tenant: str, limit: int) -> int:
        """Delete at most so many rows of each kind that are of no more use; how many there were.

        A used code or refresh token is kept for a day after it expired: a second use is then known for what it is.
        """
        deleted = 0
        async with self._database.transaction(tenant) as connection:
            for statement in _SWEEP:
                deleted += (await connection.execute(statement, {"tenant": tenant, "limit": limit})).rowcount
        return deleted


_SWEEP = (
    """
    DELETE FROM identity.codes WHERE tenant = %(tenant)s AND secret_hash IN (
        SELECT secret_hash FROM identity.codes WHERE tenant = %(tenant)s
            AND expires_at < CASE WHEN used_at IS NULL THEN now() ELSE now() - interval '1 day' END
        LIMIT %(limit)s
    )
    """,
    """
    DELETE FROM identity.refresh_tokens WHERE tenant = %(tenant)s AND secret_hash IN (
        SELECT secret_hash FROM identity.refresh_tokens WHERE tenant = %(tenant)s
            AND expires_at < now() - interval '1 day'
        LIMIT %(limit)s
    )
    """,
    """
    DELETE FROM identity.families WHERE tenant = %(tenant)s AND family_id IN (
        SELECT family_id FROM identity.families AS old WHERE tenant = %(tenant)s AND (
            greatest(expires_at, revoked_at) < now() - interval '1 day'
            OR NOT EXISTS (SELECT FROM identity.codes WHERE (tenant, family_id) = (old.tenant, old.family_id))
            AND NOT EXISTS (SELECT FROM identity.refresh_tokens WHERE (tenant, family_id) = (old.tenant, old.family_id))
        ) LIMIT %(limit)s
    )
    """,
    """
    DELETE FROM identity.browser_sessions WHERE tenant = %(tenant)s AND secret_hash IN (
        SELECT secret_hash FROM identity.browser_sessions AS old WHERE tenant = %(tenant)s
            AND (expires_at < now() OR ended_at < now())
            AND NOT EXISTS (
                SELECT FROM identity.families WHERE (tenant, browser_session) = (old.tenant, old.secret_hash)
            )
        LIMIT %(limit)s
    )
    """,
)


async def _told(connection: Connection, rows: AsyncCursor[DictRow], *also: Revocation) -> list[Revocation]:
    told = [*also, *[revocations.of_family(row["family_id"]) async for row in rows]]
    await revocations.keep(connection, told)
    return told


def _family(row: dict[str, Any]) -> Family:
    return Family(
        tenant=row["tenant"],
        family_id=row["family_id"],
        subject=row["subject"],
        client_id=row["client_id"],
        client_name=row["client_name"],
        resources=tuple(cast("list[Resource]", row["resources"])),
        scopes=frozenset(row["scopes"]),
        signed_in_at=row["signed_in_at"],
        expires_at=row["expires_at"],
        browser_session=row["browser_session"],
    )
