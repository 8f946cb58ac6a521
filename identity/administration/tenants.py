"""Organisations: their own administrators change name and time zone; the operator's make, disable and enable them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from identity.administration import repository
from identity.administration.errors import AlreadyThere, HasAdministrator, OperatorOnly, OperatorStays, TenantDisabled
from identity.administration.invitations import Invitations
from identity.administration.records import Language, Sent, Tenant
from identity.errors import RevocationPending
from identity.revoking import Revoker
from kernel.auth.principal import Principal
from kernel.clock import now
from kernel.database import Database
from kernel.logs import logger


@dataclass(frozen=True, slots=True)
class NewTenant:
    tenant: str
    """Its name in tokens and tables, for good."""
    name: str
    time_zone: str
    admin_email: str
    language: Language


class Tenants:
    def __init__(self, database: Database, invitations: Invitations, revoker: Revoker) -> None:
        self._database = database
        self._invitations = invitations
        self._revoker = revoker

    async def require_operator(self, caller: Principal) -> None:
        """Raise OperatorOnly unless the caller's organisation runs this system."""
        async with self._database.transaction(caller.tenant) as connection:
            home = await repository.tenant(connection, caller.tenant)
        if not home.operator or home.disabled_at:
            raise OperatorOnly("Only administrators of the operator's organisation may do this.")

    async def get(self, name: str) -> Tenant:
        """An organisation; raises TenantUnknown."""
        async with self._database.transaction(name) as connection:
            return await repository.tenant(connection, name)

    async def list(self) -> list[Tenant]:
        """Every organisation."""
        async with self._database.system() as connection:
            return await repository.tenants(connection)

    async def create(self, caller: Principal, new: NewTenant) -> tuple[Tenant, Sent]:
        """Make an organisation and invite its first administrator; raises AlreadyThere."""
        async with self._database.transaction(new.tenant) as connection:
            if not await repository.add_tenant(connection, new.tenant, new.name, new.time_zone):
                raise AlreadyThere(
                    f"There is an organisation {new.tenant} already.",
                    existing=new.tenant,
                    field="tenant",
                    fix="Choose another name. If its first administrator needs a new link: "
                    f"promptsales tenants invite-admin {new.tenant} E-MAIL",
                )
            sent = await self._invitations.invite(
                connection, new.tenant, new.admin_email, ("admin",), new.language, by=caller.subject
            )
            made = await repository.tenant(connection, new.tenant)
        _log("organisation made", caller, new.tenant, invitation_id=sent.invitation.id)
        return made, sent

    async def invite_administrator(self, caller: Principal, name: str, email: str, language: Language) -> Sent:
        """A new link for an organisation that has no administrator; earlier invitations into it are void.

        Raises TenantUnknown, TenantDisabled, HasAdministrator, AlreadyThere.
        """
        async with self._database.transaction(name) as connection:
            home = await repository.tenant(connection, name, lock=True)
            if home.disabled_at:
                raise TenantDisabled(f"{name} is disabled.", field="tenant", fix=f"promptsales tenants enable {name}")
            if await repository.active_administrators(connection, name):
                raise HasAdministrator(
                    f"{name} has an administrator, who invites its people.", field="tenant", fix="Ask them."
                )
            await repository.revoke_invitations(connection, name)
            sent = await self._invitations.invite(connection, name, email, ("admin",), language, by=caller.subject)
        _log("administrator invited", caller, name, invitation_id=sent.invitation.id)
        return sent

    async def change(self, caller: Principal, changes: Mapping[str, str]) -> Tenant:
        """Change `name` or `time_zone` of the caller's organisation."""
        async with self._database.transaction(caller.tenant) as connection:
            await repository.tenant(connection, caller.tenant, lock=True)
            await repository.change_tenant(connection, caller.tenant, changes)
            changed = await repository.tenant(connection, caller.tenant)
        _log("organisation changed", caller, caller.tenant, changed=sorted(changes))
        return changed

    async def disable(self, caller: Principal, name: str) -> Tenant:
        """Let nobody of an organisation in any more; asked again, it revokes again. Raises OperatorStays."""
        async with self._database.transaction(name) as connection:
            home = await repository.tenant(connection, name, lock=True)
            if home.operator:
                raise OperatorStays("The operator's own organisation cannot be disabled.", field="tenant")
            if home.disabled_at is None:
                await repository.change_tenant(connection, name, {"disabled_at": now()})
            await repository.end_browser_sessions(connection, name)
            people = await repository.subjects(connection, name)
            disabled = await repository.tenant(connection, name)
        _log("organisation disabled", caller, name, users=len(people))
        await self._revoke_all(name, people)
        return disabled

    async def enable(self, caller: Principal, name: str) -> Tenant:
        """Let a disabled organisation's people in again."""
        async with self._database.transaction(name) as connection:
            await repository.tenant(connection, name, lock=True)
            await repository.change_tenant(connection, name, {"disabled_at": None})
            enabled = await repository.tenant(connection, name)
        _log("organisation enabled", caller, name)
        return enabled

    async def _revoke_all(self, name: str, people: Sequence[str]) -> None:
        """Revoke what everybody was issued, whatever resource servers can be told now."""
        pending: RevocationPending | None = None
        for subject in people:
            try:
                await self._revoker.subject(name, subject, "organisation disabled")
            except RevocationPending as error:
                pending = error
        if pending:
            raise pending


def _log(event: str, caller: Principal, tenant: str, **facts: object) -> None:
    logger(__name__).info(event, by=caller.subject, tenant=tenant, home=caller.tenant, **facts)
