"""The REST API of administration: `/v1/users`, `/v1/invitations`, `/v1/tenant`, `/v1/tenants`."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from identity.administration.cursors import page, position
from identity.administration.errors import NothingToChange
from identity.administration.guards import administrator, operator
from identity.administration.invitations import Invitations
from identity.administration.names import email_address
from identity.administration.schemas import (
    TENANT_PATTERN,
    AdministratorRequest,
    InvitationRequest,
    InvitationView,
    NewTenantView,
    Page,
    SentView,
    TenantChanges,
    TenantList,
    TenantRequest,
    TenantView,
    UserChanges,
    UserView,
)
from identity.administration.tenants import NewTenant, Tenants
from identity.administration.users import Changes, Users
from identity.people.attempts import Attempts
from identity.people.passwords import Passwords
from identity.revoking import Revoker
from kernel.auth import Principal, TokenVerifier
from kernel.database import Database

Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[str | None, Query(max_length=400)]
Subject = Annotated[str, Path(pattern="^user:[!-~]{1,190}$")]
InvitationId = Annotated[str, Path(pattern="^inv_[0-9a-z]{1,40}$")]
Name = Annotated[str, Path(pattern=TENANT_PATTERN)]


@dataclass(frozen=True, slots=True)
class Administration:
    """The use cases over one database."""

    users: Users
    invitations: Invitations
    tenants: Tenants

    @classmethod
    def over(
        cls, database: Database, issuer: str, passwords: Passwords, attempts: Attempts, revoker: Revoker
    ) -> "Administration":
        invitations = Invitations(database, issuer, passwords, revoker)
        return cls(
            users=Users(database, invitations, attempts, revoker),
            invitations=invitations,
            tenants=Tenants(database, invitations, revoker),
        )


def administration_routes(administration: Administration, verifier: TokenVerifier) -> APIRouter:
    """All of them. `verifier` is the one for tokens whose audience is the issuer."""
    router = APIRouter(prefix="/v1", dependencies=[Depends(_never_stored)])
    router.include_router(_user_routes(administration.users, verifier))
    router.include_router(_invitation_routes(administration.invitations, verifier))
    router.include_router(_tenant_routes(administration.tenants, verifier))
    return router


async def _never_stored(response: Response) -> None:
    response.headers["Cache-Control"] = "no-store"


def _user_routes(users: Users, verifier: TokenVerifier) -> APIRouter:
    router = APIRouter(prefix="/users", tags=["users"])
    admin = Depends(administrator(verifier))

    @router.get("")
    async def list_users(
        caller: Annotated[Principal, admin],
        email: Annotated[str | None, Query(max_length=320)] = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> Page[UserView]:
        """The organisation's users by subject; with `email`, only who has that address."""
        address = email_address(email) if email else None
        found = await users.list(caller, email=address, after=position(cursor) or "", limit=limit + 1)
        items, following = page(found, limit, lambda account: account.subject)
        return Page(items=[UserView.of(account) for account in items], next_cursor=following)

    @router.get("/{subject}")
    async def get_user(caller: Annotated[Principal, admin], subject: Subject) -> UserView:
        return UserView.of(await users.get(caller, subject))

    @router.patch("/{subject}")
    async def change_user(caller: Annotated[Principal, admin], subject: Subject, body: UserChanges) -> UserView:
        """Change roles, name or language. Stated roles end every session and token of the user."""
        if not body.model_fields_set or None in (getattr(body, field) for field in body.model_fields_set):
            raise _nothing("roles, display_name or language")
        roles = None if body.roles is None else tuple(body.roles)
        return UserView.of(await users.change(caller, subject, Changes(roles, body.display_name, body.language)))

    @router.post("/{subject}/disable")
    async def disable_user(caller: Annotated[Principal, admin], subject: Subject) -> UserView:
        """Let the user in nowhere any more, at once."""
        return UserView.of(await users.disable(caller, subject))

    @router.post("/{subject}/enable")
    async def enable_user(caller: Annotated[Principal, admin], subject: Subject) -> UserView:
        return UserView.of(await users.enable(caller, subject))

    @router.post("/{subject}/unlock")
    async def unlock_user(caller: Annotated[Principal, admin], subject: Subject) -> UserView:
        """Forget failed attempts to sign in."""
        return UserView.of(await users.unlock(caller, subject))

    @router.post("/{subject}/sign-out")
    async def sign_user_out(caller: Annotated[Principal, admin], subject: Subject) -> UserView:
        """End every session and token of the user."""
        return UserView.of(await users.sign_out(caller, subject))

    @router.post("/{subject}/reset-password", status_code=201)
    async def reset_password(caller: Annotated[Principal, admin], subject: Subject) -> SentView:
        """Take the password and every session away, and make a link to set a new one. Earlier links are void."""
        return SentView.of_sent(await users.reset_password(caller, subject))

    return router


def _invitation_routes(invitations: Invitations, verifier: TokenVerifier) -> APIRouter:
    router = APIRouter(prefix="/invitations", tags=["invitations"])
    admin = Depends(administrator(verifier))

    @router.post("", status_code=201)
    async def invite(caller: Annotated[Principal, admin], body: InvitationRequest) -> SentView:
        """Make a link with which somebody joins the organisation."""
        return SentView.of_sent(await invitations.create(caller, body.email, tuple(body.roles), body.language))

    @router.get("")
    async def list_invitations(
        caller: Annotated[Principal, admin], cursor: Cursor = None, limit: Limit = 50
    ) -> Page[InvitationView]:
        """The organisation's invitations, newest first."""
        found = await invitations.list(caller, position(cursor), limit + 1)
        items, following = page(found, limit, lambda invitation: invitation.id)
        return Page(items=[InvitationView.of(invitation) for invitation in items], next_cursor=following)

    @router.post("/{invitation_id}/revoke")
    async def revoke_invitation(caller: Annotated[Principal, admin], invitation_id: InvitationId) -> InvitationView:
        """Void the link."""
        return InvitationView.of(await invitations.revoke(caller, invitation_id))

    return router


def _tenant_routes(tenants: Tenants, verifier: TokenVerifier) -> APIRouter:
    router = APIRouter(tags=["tenants"])
    admin = Depends(administrator(verifier))
    operates = Depends(operator(verifier, tenants))

    @router.get("/tenant")
    async def own_tenant(caller: Annotated[Principal, admin]) -> TenantView:
        """The caller's organisation."""
        return TenantView.of(await tenants.get(caller.tenant))

    @router.patch("/tenant")
    async def change_own_tenant(caller: Annotated[Principal, admin], body: TenantChanges) -> TenantView:
        changes = {name: value for name, value in (("name", body.name), ("time_zone", body.time_zone)) if value}
        if not changes:
            raise _nothing("name or time_zone")
        return TenantView.of(await tenants.change(caller, changes))

    @router.get("/tenants")
    async def list_tenants(_caller: Annotated[Principal, operates]) -> TenantList:
        """Every organisation."""
        return TenantList(items=[TenantView.of(tenant) for tenant in await tenants.list()])

    @router.post("/tenants", status_code=201)
    async def create_tenant(caller: Annotated[Principal, operates], body: TenantRequest) -> NewTenantView:
        """Make an organisation, and a link with which its first administrator joins."""
        new = NewTenant(body.tenant, body.name, body.time_zone, body.admin_email, body.language)
        return NewTenantView.of_new(*await tenants.create(caller, new))

    @router.get("/tenants/{tenant}")
    async def get_tenant(_caller: Annotated[Principal, operates], tenant: Name) -> TenantView:
        return TenantView.of(await tenants.get(tenant))

    @router.post("/tenants/{tenant}/disable")
    async def disable_tenant(caller: Annotated[Principal, operates], tenant: Name) -> TenantView:
        """Let nobody of the organisation in any more, at once."""
        return TenantView.of(await tenants.disable(caller, tenant))

    @router.post("/tenants/{tenant}/enable")
    async def enable_tenant(caller: Annotated[Principal, operates], tenant: Name) -> TenantView:
        return TenantView.of(await tenants.enable(caller, tenant))

    @router.post("/tenants/{tenant}/invitations", status_code=201)
    async def invite_administrator(
        caller: Annotated[Principal, operates], tenant: Name, body: AdministratorRequest
    ) -> SentView:
        """A new link for an organisation that has no administrator."""
        return SentView.of_sent(await tenants.invite_administrator(caller, tenant, body.email, body.language))

    return router


def _nothing(fields: str) -> NothingToChange:
    return NothingToChange("The request changes nothing.", fix=f"Send {fields}.")
