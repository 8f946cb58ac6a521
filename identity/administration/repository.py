"""The tables of people, invitations and organisations: SQL in, values out. Each runs in the caller's transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from psycopg import sql

from identity.administration.errors import InvitationUnknown, TenantUnknown, UserUnknown
from identity.administration.records import Account, Invitation, Language, Tenant
from kernel.auth.principal import Role
from kernel.database import Connection

_ACCOUNT = sql.SQL(
    "SELECT tenant, subject, email, display_name, roles, language, password_hash IS NOT NULL AS has_password,"
    " created_at, disabled_at, locked_until FROM identity.users"
)
_INVITATION = sql.SQL(
    "SELECT tenant, id, email, roles, language, invited_by, subject, created_at, expires_at, accepted_at, revoked_at"
    " FROM identity.invitations"
)
_TENANT = sql.SQL("SELECT tenant, name, time_zone, operator, created_at, disabled_at FROM")


async def tenant(connection: Connection, name: str, *, lock: bool = False) -> Tenant:
    """An organisation; raises TenantUnknown. With `lock`, whoever else changes its people waits for us."""
    query = sql.SQL("{} identity.tenants WHERE tenant = %s {}").format(
        _TENANT, sql.SQL("FOR NO KEY UPDATE" if lock else "")
    )
    row = await (await connection.execute(query, (name,))).fetchone()
    if row is None:
        raise TenantUnknown(f"There is no organisation {name}.", field="tenant", fix="See: promptsales tenants list")
    return Tenant(**row)


async def tenants(connection: Connection) -> list[Tenant]:
    """Every organisation, by name."""
    query = sql.SQL("{} identity.list_tenants_v1() ORDER BY tenant").format(_TENANT)
    return [Tenant(**row) async for row in await connection.execute(query)]


async def add_tenant(connection: Connection, name: str, title: str, time_zone: str) -> bool:
    """Insert an organisation; False when the name is taken."""
    inserted = await connection.execute(
        "INSERT INTO identity.tenants (tenant, name, time_zone) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        (name, title, time_zone),
    )
    return inserted.rowcount == 1


async def change_tenant(connection: Connection, name: str, changes: Mapping[str, Any]) -> None:
    """Set columns of an organisation."""
    await connection.execute(
        sql.SQL("UPDATE identity.tenants SET {} WHERE tenant = %s").format(_assignments(changes)),
        (*changes.values(), name),
    )


async def accounts(connection: Connection, tenant: str, *, email: str | None, after: str, limit: int) -> list[Account]:
    """Users with a subject after `after`, in that order."""
    query = sql.SQL(
        "{} WHERE tenant = %s AND subject > %s AND (%s::text IS NULL OR email = %s) ORDER BY subject LIMIT %s"
    )
    rows = await connection.execute(query.format(_ACCOUNT), (tenant, after, email, email, limit))
    return [_account(row) async for row in rows]


async def account(connection: Connection, tenant: str, subject: str) -> Account:
    """A user; raises UserUnknown."""
    query = sql.SQL("{} WHERE tenant = %s AND subject = %s").format(_ACCOUNT)
    row = await (await connection.execute(query, (tenant, subject))).fetchone()
    if row is None:
        raise UserUnknown(f"There is no user {subject}.", field="subject", fix="See: promptsales users list")
    return _account(row)


async def account_by_email(connection: Connection, tenant: str, email: str) -> Account | None:
    found = await accounts(connection, tenant, email=email, after="", limit=1)
    return found[0] if found else None


async def subjects(connection: Connection, tenant: str) -> list[str]:
    """Every user's subject."""
    rows = await connection.execute("SELECT subject FROM identity.users WHERE tenant = %s", (tenant,))
    return [row["subject"] async for row in rows]


async def active_administrators(connection: Connection, tenant: str) -> list[str]:
    """The subjects of those who can administer the organisation."""
    rows = await connection.execute(
        "SELECT subject FROM identity.users WHERE tenant = %s AND 'admin' = ANY (roles) AND disabled_at IS NULL",
        (tenant,),
    )
    return [row["subject"] async for row in rows]


async def add_account(
    connection: Connection,
    *,
    tenant: str,
    subject: str,
    email: str,
    display_name: str,
    roles: tuple[Role, ...],
    language: Language,
    password_hash: str,
) -> bool:
    """Insert a user who has just chosen a password; False when the e-mail address is a user's already."""
    inserted = await connection.execute(
        """
        INSERT INTO identity.users
            (tenant, subject, email, display_name, roles, language, password_hash, password_changed_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, now())
        ON CONFLICT (tenant, email) DO NOTHING
        """,
        (tenant, subject, email, display_name, list(roles), language, password_hash),
    )
    return inserted.rowcount == 1


async def change_account(connection: Connection, tenant: str, subject: str, changes: Mapping[str, Any]) -> None:
    """Set columns of a user."""
    await connection.execute(
        sql.SQL("UPDATE identity.users SET {} WHERE tenant = %s AND subject = %s").format(_assignments(changes)),
        (*changes.values(), tenant, subject),
    )


async def set_password(connection: Connection, tenant: str, subject: str, password_hash: str) -> None:
    """Give a user a password and forget failed attempts."""
    await connection.execute(
        """
        UPDATE identity.users
        SET password_hash = %s, password_changed_at = now(), failed_logins = 0, locked_until = NULL
        WHERE tenant = %s AND subject = %s
        """,
        (password_hash, tenant, subject),
    )


async def drop_password(connection: Connection, tenant: str, subject: str) -> None:
    """Take a user's password away."""
    await connection.execute(
        """
        UPDATE identity.users SET password_hash = NULL, password_changed_at = now()
        WHERE tenant = %s AND subject = %s
        """,
        (tenant, subject),
    )


async def never_had_password(connection: Connection, tenant: str) -> list[Account]:
    """Enabled users with an e-mail address who were never given a password."""
    query = sql.SQL(
        "{} WHERE tenant = %s AND password_hash IS NULL AND password_changed_at IS NULL"
        " AND disabled_at IS NULL AND email IS NOT NULL ORDER BY subject"
    ).format(_ACCOUNT)
    return [_account(row) async for row in await connection.execute(query, (tenant,))]


async def end_browser_sessions(connection: Connection, tenant: str, subject: str | None = None) -> None:
    """Sign a user, or everybody of an organisation, out of every browser."""
    await connection.execute(
        """
        UPDATE identity.browser_sessions SET ended_at = now()
        WHERE tenant = %s AND (%s::text IS NULL OR subject = %s) AND ended_at IS NULL
        """,
        (tenant, subject, subject),
    )


async def add_invitation(connection: Connection, invitation: Invitation, secret_hash: bytes) -> None:
    await connection.execute(
        """
        INSERT INTO identity.invitations
            (tenant, id, secret_hash, email, roles, language, invited_by, subject, created_at, expires_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        (
            *(invitation.tenant, invitation.id, secret_hash, invitation.email, list(invitation.roles)),
            *(invitation.language, invitation.invited_by, invitation.subject),
            *(invitation.created_at, invitation.expires_at),
        ),
    )


async def invitations(connection: Connection, tenant: str, *, before: str | None, limit: int) -> list[Invitation]:
    """Invitations, newest first, from those older than the id `before`."""
    query = sql.SQL("{} WHERE tenant = %s AND (%s::text IS NULL OR id < %s) ORDER BY id DESC LIMIT %s")
    rows = await connection.execute(query.format(_INVITATION), (tenant, before, before, limit))
    return [_invitation(row) async for row in rows]


async def invitation(connection: Connection, tenant: str, invitation_id: str) -> Invitation:
    """An invitation, locked for us; raises InvitationUnknown."""
    query = sql.SQL("{} WHERE tenant = %s AND id = %s FOR UPDATE").format(_INVITATION)
    row = await (await connection.execute(query, (tenant, invitation_id))).fetchone()
    if row is None:
        raise InvitationUnknown(
            f"There is no invitation {invitation_id}.", field="id", fix="See: promptsales invitations list"
        )
    return _invitation(row)


async def invitation_by_secret(
    connection: Connection, tenant: str, secret_hash: bytes, *, lock: bool = False
) -> Invitation | None:
    query = sql.SQL("{} WHERE tenant = %s AND secret_hash = %s {}").format(
        _INVITATION, sql.SQL("FOR UPDATE" if lock else "")
    )
    row = await (await connection.execute(query, (tenant, secret_hash))).fetchone()
    return _invitation(row) if row else None


async def open_invitation(connection: Connection, tenant: str, email: str, now: datetime) -> Invitation | None:
    """The invitation that waits for somebody to join with that e-mail address."""
    query = sql.SQL(
        "{} WHERE tenant = %s AND email = %s AND subject IS NULL"
        " AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > %s LIMIT 1"
    ).format(_INVITATION)
    row = await (await connection.execute(query, (tenant, email, now))).fetchone()
    return _invitation(row) if row else None


async def accept_invitation(connection: Connection, tenant: str, invitation_id: str) -> None:
    await connection.execute(
        "UPDATE identity.invitations SET accepted_at = now() WHERE tenant = %s AND id = %s", (tenant, invitation_id)
    )


async def revoke_invitations(
    connection: Connection, tenant: str, *, invitation_id: str | None = None, subject: str | None = None
) -> None:
    """Revoke what is neither accepted nor revoked: one invitation, a user's resets, or all there are."""
    await connection.execute(
        """
        UPDATE identity.invitations SET revoked_at = now()
        WHERE tenant = %s AND (%s::text IS NULL OR id = %s) AND (%s::text IS NULL OR subject = %s)
            AND accepted_at IS NULL AND revoked_at IS NULL
        """,
        (tenant, invitation_id, invitation_id, subject, subject),
    )


def _assignments(changes: Mapping[str, Any]) -> sql.Composable:
    return sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(column)) for column in changes)


def _account(row: dict[str, Any]) -> Account:
    row["roles"] = tuple(row["roles"])
    return Account(**row)


def _invitation(row: dict[str, Any]) -> Invitation:
    row["roles"] = tuple(row["roles"])
    return Invitation(**row)
