"""Invitations: a link, shown once, with which somebody joins an organisation or a user sets a new password.

The link is handed over by who made it: the system sends no e-mail.
"""

from dataclasses import dataclass
from datetime import timedelta

from identity import opaque
from identity.administration import names, repository
from identity.administration.errors import AlreadyThere, InvitationClosed
from identity.administration.records import Account, Invitation, Language, Sent, Tenant
from identity.people.passwords import Passwords
from identity.revoking import Revoker
from kernel.auth.principal import Principal, Role
from kernel.clock import now
from kernel.database import Connection, Database
from kernel.ids import new_id
from kernel.logs import logger

JOIN_LIFE = timedelta(days=7)
RESET_LIFE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Opened:
    """What an open invitation says to who holds its link."""

    tenant: str
    organization: str
    """The tenant's name."""
    email: str
    roles: tuple[Role, ...]
    language: Language
    display_name: str | None
    """The name of the user who sets a new password; None for somebody who joins and gives one."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The user that an invitation led to."""

    tenant: str
    subject: str


class Invitations:
    def __init__(self, database: Database, issuer: str, passwords: Passwords, revoker: Revoker) -> None:
        self._database = database
        self._issuer = issuer
        self._passwords = passwords
        self._revoker = revoker

    async def create(self, caller: Principal, email: str, roles: tuple[Role, ...], language: Language) -> Sent:
        """Invite somebody into the caller's organisation; raises AlreadyThere."""
        async with self._database.transaction(caller.tenant) as connection:
            await repository.tenant(connection, caller.tenant, lock=True)
            sent = await self.invite(connection, caller.tenant, email, roles, language, by=caller.subject)
        _log("invited", caller, sent.invitation)
        return sent

    async def invite(
        self,
        connection: Connection,
        tenant: str,
        email: str,
        roles: tuple[Role, ...],
        language: Language,
        *,
        by: str,
    ) -> Sent:
        """As `create`, in a transaction that holds the organisation's lock; the caller logs it."""
        known = await repository.account_by_email(connection, tenant, email)
        if known:
            raise AlreadyThere(
                f"{email} is the user {known.subject} already.",
                existing=known.subject,
                field="email",
                fix=f"Change their roles, or reset their password: promptsales users reset-password {known.subject}",
            )
        pending = await repository.open_invitation(connection, tenant, email, now())
        if pending:
            raise AlreadyThere(
                f"{email} was invited already and can still accept.",
                existing=pending.id,
                field="email",
                fix=f"To make a new link, first: promptsales invitations revoke {pending.id}",
            )
        return await self._send(connection, tenant, email, roles, language, by=by, life=JOIN_LIFE)

    async def reset(self, connection: Connection, account: Account, email: str, *, by: str) -> Sent:
        """A link for a user to set a new password; earlier ones are void. In the organisation's locked transaction."""
        await repository.revoke_invitations(connection, account.tenant, subject=account.subject)
        return await self._send(
            connection,
            account.tenant,
            email,
            account.roles,
            account.language,
            by=by,
            life=RESET_LIFE,
            subject=account.subject,
        )

    async def list(self, caller: Principal, before: str | None, limit: int) -> list[Invitation]:
        """The organisation's invitations, newest first, from those older than the id `before`."""
        async with self._database.transaction(caller.tenant) as connection:
            return await repository.invitations(connection, caller.tenant, before=before, limit=limit)

    async def revoke(self, caller: Principal, invitation_id: str) -> Invitation:
        """Void a link; again changes nothing. Raises InvitationUnknown, InvitationClosed once it was accepted."""
        async with self._database.transaction(caller.tenant) as connection:
            found = await repository.invitation(connection, caller.tenant, invitation_id)
            if found.accepted_at:
                raise InvitationClosed(
                    f"{invitation_id} was accepted already.", field="id", fix="Disable the user instead."
                )
            await repository.revoke_invitations(connection, caller.tenant, invitation_id=invitation_id)
            revoked = await repository.invitation(connection, caller.tenant, invitation_id)
        _log("invitation revoked", caller, revoked)
        return revoked

    async def look(self, secret: str) -> Opened:
        """What a link invites to, without using it; raises InvitationClosed when nothing any more."""
        found = opaque.read(opaque.INVITATION, secret)
        if found is None:
            raise _closed()
        async with self._database.transaction(found.tenant) as connection:
            invitation = await repository.invitation_by_secret(connection, found.tenant, found.secret_hash)
            if invitation is None:
                raise _closed()
            home = await repository.tenant(connection, found.tenant)
            account = await _usable(connection, invitation, home)
        return Opened(
            tenant=home.tenant,
            organization=home.name,
            email=invitation.email,
            roles=invitation.roles,
            language=invitation.language,
            display_name=account.display_name if account else None,
        )

    async def accept(self, secret: str, display_name: str, password: str) -> Accepted:
        """Use a link, once: a new user, or a user's new password (their name stays; `display_name` is not looked at).

        Raises InvitationClosed, NotAName, PasswordUnsuitable.
        """
        opened = await self.look(secret)
        name = names.display_name(display_name) if opened.display_name is None else ""
        password_hash = await self._passwords.new(password, email=opened.email)
        found = opaque.read(opaque.INVITATION, secret)
        if found is None:
            raise _closed()
        async with self._database.transaction(found.tenant) as connection:
            home = await repository.tenant(connection, found.tenant, lock=True)
            invitation = await repository.invitation_by_secret(connection, found.tenant, found.secret_hash, lock=True)
            if invitation is None:
                raise _closed()
            account = await _usable(connection, invitation, home)
            await repository.accept_invitation(connection, home.tenant, invitation.id)
            if account:
                subject = account.subject
                await repository.set_password(connection, home.tenant, subject, password_hash)
                await repository.end_browser_sessions(connection, home.tenant, subject)
            else:
                subject = f"user:{new_id('usr')}"
                await _join(connection, invitation, subject, name, password_hash)
        logger(__name__).info(
            "invitation accepted", tenant=home.tenant, invitation_id=invitation.id, subject=subject, reset=bool(account)
        )
        if account:
            await self._revoker.subject(home.tenant, subject, "new password")
        return Accepted(home.tenant, subject)

    async def _send(
        self,
        connection: Connection,
        tenant: str,
        email: str,
        roles: tuple[Role, ...],
        language: Language,
        *,
        by: str,
        life: timedelta,
        subject: str | None = None,
    ) -> Sent:
        secret = opaque.make(opaque.INVITATION, tenant)
        made = opaque.read(opaque.INVITATION, secret)
        assert made is not None  # noqa: S101 - what `make` makes `read` reads
        created = now()
        invitation = Invitation(
            tenant=tenant,
            id=new_id("inv"),
            email=email,
            roles=roles,
            language=language,
            invited_by=by,
            subject=subject,
            created_at=created,
            expires_at=created + life,
            accepted_at=None,
            revoked_at=None,
        )
        await repository.add_invitation(connection, invitation, made.secret_hash)
        return Sent(invitation, f"{self._issuer}/invitation?token={secret}")


async def _usable(connection: Connection, invitation: Invitation, home: Tenant) -> Account | None:
    """The user whose password it resets, None when it makes a new one; raises InvitationClosed."""
    if invitation.status(now()) != "open" or home.disabled_at:
        raise _closed()
    if invitation.subject is None:
        return None
    account = await repository.account(connection, home.tenant, invitation.subject)
    if account.disabled_at:
        raise _closed()
    return account


async def _join(
    connection: Connection, invitation: Invitation, subject: str, display_name: str, password_hash: str
) -> None:
    added = await repository.add_account(
        connection,
        tenant=invitation.tenant,
        subject=subject,
        email=invitation.email,
        display_name=display_name,
        roles=invitation.roles,
        language=invitation.language,
        password_hash=password_hash,
    )
    if not added:
        raise _closed()


def _closed() -> InvitationClosed:
    return InvitationClosed(
        "This invitation was used, revoked or has expired.", fix="Ask an administrator for a new one."
    )


def _log(event: str, caller: Principal, invitation: Invitation) -> None:
    logger(__name__).info(
        event,
        by=caller.subject,
        tenant=invitation.tenant,
        invitation_id=invitation.id,
        subject=invitation.subject,
        roles=invitation.roles,
    )
