"""The tables of people who sign in: SQL in, values out."""

from datetime import UTC, datetime
from typing import Any, cast

from identity.people.account import Account, Connected, Language, SignedIn
from kernel.database import Database

FREE_FAILURES = 5
"""As many wrong passwords in a row as lock an account."""
FIRST_LOCK_SECONDS = 60
LONGEST_LOCK_SECONDS = 15 * 60


class PeopleRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def accounts(self, email: str) -> list[Account]:
        """The accounts of a lower-cased address that are not disabled, in whichever organizations."""
        async with self._database.system() as connection:
            rows = await connection.execute("SELECT tenant, subject FROM identity.accounts_v1(%s)", (email,))
            return [Account(row["tenant"], row["subject"]) async for row in rows]

    async def organization(self, tenant: str) -> str:
        """The name of a tenant that exists."""
        async with self._database.transaction(tenant) as connection:
            rows = await connection.execute("SELECT name FROM identity.tenants WHERE tenant = %s", (tenant,))
            return cast("dict[str, str]", await rows.fetchone())["name"]

    async def claim_attempt(self, account: Account) -> str | None:
        """Count one more attempt as failed, before it is made, and return the password hash to try it on.

        None when the account is locked, disabled or has no password. Counting first keeps attempts made at the same
        time from being more than the lock allows. Failures older than a day before the last are forgotten.
        """
        async with self._database.transaction(account.tenant) as connection:
            rows = await connection.execute(
                """
                WITH counted AS (
                    SELECT CASE WHEN locked_until < now() - interval '1 day' THEN 1 ELSE failed_logins + 1 END AS failed
                    FROM identity.users WHERE tenant = %(tenant)s AND subject = %(subject)s FOR UPDATE
                )
                UPDATE identity.users
                SET failed_logins = failed,
                    locked_until = CASE WHEN failed >= %(free)s THEN now() + make_interval(
                        secs => least(%(first)s * power(2, least(failed - %(free)s, 16)), %(longest)s)) END
                FROM counted
                WHERE tenant = %(tenant)s AND subject = %(subject)s
                    AND (locked_until IS NULL OR locked_until <= now())
                    AND disabled_at IS NULL AND password_hash IS NOT NULL
                RETURNING password_hash
                """,
                {
                    "tenant": account.tenant,
                    "subject": account.subject,
                    "free": FREE_FAILURES,
                    "first": FIRST_LOCK_SECONDS,
                    "longest": LONGEST_LOCK_SECONDS,
                },
            )
            row = await rows.fetchone()
            return row["password_hash"] if row else None

    async def forgive(self, account: Account, *, new_hash: str | None = None) -> None:
        """Forget an account's failures after the right password, and keep it under a newer hash if one is given."""
        async with self._database.transaction(account.tenant) as connection:
            await connection.execute(
                """
                UPDATE identity.users
                SET failed_logins = 0, locked_until = NULL, password_hash = coalesce(%s, password_hash)
                WHERE tenant = %s AND subject = %s
                """,
                (new_hash, account.tenant, account.subject),
            )

    async def return_attempt(self, account: Account) -> None:
        """Take a claimed attempt back: the password was right, for the same address elsewhere."""
        async with self._database.transaction(account.tenant) as connection:
            await connection.execute(
                """
                UPDATE identity.users SET failed_logins = greatest(failed_logins - 1, 0), locked_until = NULL
                WHERE tenant = %s AND subject = %s
                """,
                (account.tenant, account.subject),
            )

    async def begin_session(
        self, account: Account, secret_hash: bytes, seconds: int, *, replaces: bytes | None
    ) -> None:
        """Open a browser session. One of the same tenant that it replaces ends; the person's families move over."""
        async with self._database.transaction(account.tenant) as connection:
            await connection.execute(
                """
                INSERT INTO identity.browser_sessions (tenant, secret_hash, subject, expires_at)
                VALUES (%s, %s, %s, now() + make_interval(secs => %s))
                """,
                (account.tenant, secret_hash, account.subject, seconds),
            )
            if replaces:
                await connection.execute(
                    """
                    UPDATE identity.families SET browser_session = %s
                    WHERE tenant = %s AND browser_session = %s AND subject = %s
                    """,
                    (secret_hash, account.tenant, replaces, account.subject),
                )
                await connection.execute(_END_SESSION, (account.tenant, replaces))

    async def end_session(self, tenant: str, secret_hash: bytes) -> None:
        """End a browser session; what began in it goes on."""
        async with self._database.transaction(tenant) as connection:
            await connection.execute(_END_SESSION, (tenant, secret_hash))

    async def session(self, tenant: str, secret_hash: bytes) -> SignedIn | None:
        """Who a session belongs to; None when it ended or expired, or the person or tenant is disabled."""
        async with self._database.transaction(tenant) as connection:
            rows = await connection.execute(
                """
                SELECT subject, display_name, coalesce(email, '') AS email, language, signed_in_at, home.name
                FROM identity.browser_sessions AS held
                JOIN identity.users AS person USING (tenant, subject)
                JOIN identity.tenants AS home USING (tenant)
                WHERE tenant = %s AND secret_hash = %s AND held.ended_at IS NULL AND held.expires_at > now()
                    AND person.disabled_at IS NULL AND home.disabled_at IS NULL
                """,
                (tenant, secret_hash),
            )
            row = await rows.fetchone()
        return _signed_in(tenant, secret_hash, row) if row else None

    async def change_password(self, account: Account, new_hash: str) -> None:
        """Store a new password and end every browser session of the person."""
        async with self._database.transaction(account.tenant) as connection:
            await connection.execute(
                """
                UPDATE identity.users
                SET password_hash = %s, password_changed_at = now(), failed_logins = 0, locked_until = NULL
                WHERE tenant = %s AND subject = %s
                """,
                (new_hash, account.tenant, account.subject),
            )
            await connection.execute(
                """
                UPDATE identity.browser_sessions SET ended_at = now()
                WHERE tenant = %s AND subject = %s AND ended_at IS NULL
                """,
                (account.tenant, account.subject),
            )

    async def connected(self, account: Account) -> list[Connected]:
        """The applications that may act for a person now, the newest first."""
        async with self._database.transaction(account.tenant) as connection:
            rows = await connection.execute(
                """
                SELECT family_id, client_name, resources, scopes, created_at FROM identity.families
                WHERE tenant = %s AND subject = %s AND revoked_at IS NULL AND expires_at > now()
                ORDER BY created_at DESC, family_id
                """,
                (account.tenant, account.subject),
            )
            return [
                Connected(
                    row["family_id"], row["client_name"], row["resources"], row["scopes"], _seconds(row["created_at"])
                )
                async for row in rows
            ]


_END_SESSION = """
    UPDATE identity.browser_sessions SET ended_at = now()
    WHERE tenant = %s AND secret_hash = %s AND ended_at IS NULL
"""


def _signed_in(tenant: str, secret_hash: bytes, row: dict[str, Any]) -> SignedIn:
    return SignedIn(
        tenant=tenant,
        subject=row["subject"],
        display_name=row["display_name"],
        email=row["email"],
        language=cast("Language", row["language"]),
        signed_in_at=_seconds(row["signed_in_at"]),
        session_hash=secret_hash,
        organization=row["name"],
    )


def _seconds(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp())
