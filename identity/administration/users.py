"""What an administrator does with the users of their own organisation.

Whatever takes rights away is committed first, then every token is revoked; asked again, it revokes again, so that a
request whose answer was lost can be repeated.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from identity.administration import repository
from identity.administration.errors import LastAdministrator, UserDisabled, WithoutAddress
from identity.administration.invitations import Invitations
from identity.administration.records import Account, Language, Sent
from identity.people.attempts import Attempts
from identity.revoking import Revoker
from kernel.auth.principal import Principal, Role
from kernel.clock import now
from kernel.database import Connection, Database
from kernel.logs import logger

Step = Callable[[Connection, Account], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Changes:
    """What to change of a user; None leaves it."""

    roles: tuple[Role, ...] | None = None
    display_name: str | None = None
    language: Language | None = None

    def columns(self) -> dict[str, object]:
        """Column values by name, of what is to change."""
        roles = None if self.roles is None else list(self.roles)
        stated = {"roles": roles, "display_name": self.display_name, "language": self.language}
        return {column: value for column, value in stated.items() if value is not None}


class Users:
    def __init__(self, database: Database, invitations: Invitations, attempts: Attempts, revoker: Revoker) -> None:
        self._database = database
        self._attempts = attempts
        self._invitations = invitations
        self._revoker = revoker

    async def list(self, caller: Principal, *, email: str | None, after: str, limit: int) -> list[Account]:
        """Users whose subject comes after `after`, in that order; with `email`, only who has that address."""
        async with self._database.transaction(caller.tenant) as connection:
            return await repository.accounts(connection, caller.tenant, email=email, after=after, limit=limit)

    async def get(self, caller: Principal, subject: str) -> Account:
        """A user; raises UserUnknown."""
        async with self._database.transaction(caller.tenant) as connection:
            return await repository.account(connection, caller.tenant, subject)

    async def change(self, caller: Principal, subject: str, changes: Changes) -> Account:
        """Change a user. Stated roles revoke what the user was issued. Raises UserUnknown, LastAdministrator."""

        async def step(connection: Connection, account: Account) -> None:
            if changes.roles is not None and "admin" not in changes.roles:
                await _require_other_administrator(connection, account)
            await repository.change_account(connection, account.tenant, subject, changes.columns())

        event = "user changed" if changes.roles is None else "roles changed"
        changed = await self._locked(caller, subject, step, event, roles=changes.roles)
        if changes.roles is not None:
            await self._revoker.subject(caller.tenant, subject, "roles changed")
        return changed

    async def disable(self, caller: Principal, subject: str) -> Account:
        """Let a user in nowhere any more. Raises UserUnknown, LastAdministrator."""

        async def step(connection: Connection, account: Account) -> None:
            await _require_other_administrator(connection, account)
            if account.disabled_at is None:
                await repository.change_account(connection, account.tenant, subject, {"disabled_at": now()})
            await repository.end_browser_sessions(connection, account.tenant, subject)
            await repository.revoke_invitations(connection, account.tenant, subject=subject)

        disabled = await self._locked(caller, subject, step, "user disabled")
        await self._revoker.subject(caller.tenant, subject, "disabled")
        return disabled

    async def enable(self, caller: Principal, subject: str) -> Account:
        """Let a disabled user in again. Raises UserUnknown."""

        async def step(connection: Connection, account: Account) -> None:
            await repository.change_account(connection, account.tenant, subject, {"disabled_at": None})

        return await self._locked(caller, subject, step, "user enabled")

    async def unlock(self, caller: Principal, subject: str) -> Account:
        """Forget a user's failed attempts to sign in. Raises UserUnknown, AttemptsUncounted."""

        async def step(connection: Connection, account: Account) -> None:
            forgotten = {"failed_logins": 0, "locked_until": None}
            await repository.change_account(connection, account.tenant, subject, forgotten)

        account = await self._locked(caller, subject, step, "user unlocked")
        if account.email is not None:
            await self._attempts.forget(account.email)
        return account

    async def sign_out(self, caller: Principal, subject: str) -> Account:
        """End a user's browser sessions and everything they let applications do. Raises UserUnknown."""

        async def step(connection: Connection, account: Account) -> None:
            await repository.end_browser_sessions(connection, account.tenant, subject)

        account = await self._locked(caller, subject, step, "user signed out")
        await self._revoker.subject(caller.tenant, subject, "signed out by an administrator")
        return account

    async def reset_password(self, caller: Principal, subject: str) -> Sent:
        """Take a user's password, and make a link to set a new one.

        Raises UserUnknown, UserDisabled, WithoutAddress.
        """
        made: list[Sent] = []

        async def step(connection: Connection, account: Account) -> None:
            if account.disabled_at:
                raise UserDisabled(
                    f"{subject} is disabled.", field="subject", fix=f"First: promptsales users enable {subject}"
                )
            if account.email is None:
                raise WithoutAddress(f"{subject} has no e-mail address to sign in with.", field="subject")
            await repository.drop_password(connection, account.tenant, subject)
            await repository.end_browser_sessions(connection, account.tenant, subject)
            made.append(await self._invitations.reset(connection, account, account.email, by=caller.subject))

        await self._locked(caller, subject, step, "password reset")
        await self._revoker.subject(caller.tenant, subject, "password reset")
        return made[0]

    async def _locked(self, caller: Principal, subject: str, step: Step, event: str, **facts: object) -> Account:
        """Take a step with a user while nobody else changes the organisation's people; the user afterwards."""
        async with self._database.transaction(caller.tenant) as connection:
            await repository.tenant(connection, caller.tenant, lock=True)
            await step(connection, await repository.account(connection, caller.tenant, subject))
            changed = await repository.account(connection, caller.tenant, subject)
        logger(__name__).info(event, by=caller.subject, tenant=caller.tenant, subject=subject, **facts)
        return changed


async def _require_other_administrator(connection: Connection, account: Account) -> None:
    if await repository.active_administrators(connection, account.tenant) == [account.subject]:
        raise LastAdministrator(
            f"{account.subject} is the last administrator who is not disabled.",
            field="subject",
            fix="Make somebody else an administrator first.",
        )
