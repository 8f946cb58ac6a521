"""Revocations as they are kept for good: what the denylist in Redis is filled from again. SQL in, values out."""

import time
from collections.abc import Sequence
from typing import Literal

from identity.domain import ACCESS_SECONDS, USER_SECONDS, SubjectToken
from kernel.auth.revocations import Revocation, subject_key
from kernel.database import Connection, Database

_MARGIN_SECONDS = 60
"""For clocks that differ, and a token signed in the moment its family died."""

Kind = Literal["token", "session", "subject", "client"]


def of_family(family_id: str) -> Revocation:
    """Everything that carries a family's `sid`, from now on."""
    return _revocation("session", family_id, ACCESS_SECONDS)


def of_subject(tenant: str, subject: str) -> Revocation:
    """Every token that a person has been issued until now."""
    return _revocation("subject", subject_key(tenant, subject), max(ACCESS_SECONDS, USER_SECONDS))


def of_client(client_id: str) -> Revocation:
    """Every token that a client was issued."""
    return _revocation("client", client_id, ACCESS_SECONDS)


def of_token(token_id: str, expires_at: int) -> Revocation:
    """One access token; `expires_at` is its own."""
    return Revocation("token", token_id, int(time.time()), expires_at + _MARGIN_SECONDS)


def _revocation(kind: Kind, value: str, covered_seconds: int) -> Revocation:
    now = int(time.time())
    return Revocation(kind, value, now, now + covered_seconds + _MARGIN_SECONDS)


async def keep(connection: Connection, revocations: Sequence[Revocation]) -> None:
    """Write revocations in a transaction under way; a later one replaces an earlier one of the same thing."""
    for one in revocations:
        await connection.execute(
            """
            INSERT INTO identity.revocations AS kept (kind, value, revoked_at, expires_at)
            VALUES (%s, %s, to_timestamp(%s), to_timestamp(%s))
            ON CONFLICT (kind, value) DO UPDATE
            SET revoked_at = greatest(kept.revoked_at, excluded.revoked_at),
                expires_at = greatest(kept.expires_at, excluded.expires_at)
            """,
            (one.kind, one.value, one.revoked_at, one.expires_at),
        )


class Revocations:
    """The revocations in force."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, revocation: Revocation) -> None:
        async with self._database.system() as connection:
            await keep(connection, [revocation])

    async def live(self) -> list[Revocation]:
        """All that still cover a token that could be alive."""
        async with self._database.system() as connection:
            rows = await connection.execute(
                """
                SELECT kind, value, extract(epoch FROM revoked_at)::bigint AS revoked_at,
                    extract(epoch FROM expires_at)::bigint AS expires_at
                FROM identity.revocations WHERE expires_at > now()
                """
            )
            return [Revocation(**row) async for row in rows]

    async def cover(self, token: SubjectToken) -> bool:
        """Whether a token is revoked. As true as it gets: what is not yet known in Redis is known here."""
        async with self._database.system() as connection:
            rows = await connection.execute(
                """
                SELECT EXISTS (
                    SELECT FROM identity.revocations
                    WHERE (kind, value) = ('token', %s) OR (kind, value) = ('session', %s)
                        OR (kind, value) = ('client', %s)
                        OR ((kind, value) = ('subject', %s) AND revoked_at >= to_timestamp(%s))
                ) AS covered
                """,
                (
                    token.token_id,
                    token.session,
                    token.client_id,
                    subject_key(token.tenant, token.subject),
                    token.issued_at,
                ),
            )
            row = await rows.fetchone()
        return row is not None and bool(row["covered"])

    async def sweep(self, limit: int) -> int:
        """Forget at most so many that are over; how many there were."""
        async with self._database.system() as connection:
            deleted = await connection.execute(
                """
                DELETE FROM identity.revocations WHERE (kind, value) IN (
                    SELECT kind, value FROM identity.revocations WHERE expires_at < now() LIMIT %s
                )
                """,
                (limit,),
            )
            return deleted.rowcount
