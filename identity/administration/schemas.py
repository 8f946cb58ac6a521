"""What the REST API takes and answers. Times are ISO 8601."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Generic, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from identity.administration import names
from identity.administration.records import Account, Invitation, InvitationStatus, Language, Sent, Tenant
from kernel.auth.principal import Role
from kernel.clock import now
from kernel.errors import InvalidInput

ItemT = TypeVar("ItemT")

TENANT_PATTERN = "^[a-z0-9][a-z0-9-]{0,62}$"
_DELIVERY = "This system sends no e-mail: hand the link over yourself. It is shown only this once."


def _checked(check: Callable[[str], str]) -> AfterValidator:
    def validate(text: str) -> str:
        try:
            return check(text)
        except InvalidInput as error:
            raise ValueError(f"{error.message} {error.fix}".removesuffix(".")) from error

    return AfterValidator(validate)


def _in_order(roles: list[Role]) -> list[Role]:
    return sorted(set(roles))


Email = Annotated[str, Field(max_length=320), _checked(names.email_address)]
Name = Annotated[str, Field(max_length=400), _checked(names.display_name)]
TimeZone = Annotated[str, Field(max_length=100), _checked(names.time_zone)]
Roles = Annotated[list[Role], Field(min_length=1, max_length=10), AfterValidator(_in_order)]
TenantName = Annotated[str, Field(pattern=TENANT_PATTERN, description="For good: it is in every token.")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class InvitationRequest(_Body):
    email: Email
    roles: Roles
    language: Language = "en"


class UserChanges(_Body):
    """What is left out stays."""

    roles: Roles | None = None
    display_name: Name | None = None
    language: Language | None = None


class TenantRequest(_Body):
    tenant: TenantName
    name: Name
    time_zone: TimeZone
    admin_email: Email
    language: Language = "en"


class TenantChanges(_Body):
    """What is left out stays."""

    name: Name | None = None
    time_zone: TimeZone | None = None


class AdministratorRequest(_Body):
    email: Email
    language: Language = "en"


class UserView(BaseModel):
    subject: str
    email: str | None
    display_name: str
    roles: list[Role]
    language: Language
    has_password: bool
    created_at: datetime
    disabled_at: datetime | None
    locked_until: datetime | None = Field(description="Set while failed attempts keep the user from signing in.")

    @classmethod
    def of(cls, account: Account) -> Self:
        locked = account.locked_until if account.locked_until and account.locked_until > now() else None
        return cls(
            subject=account.subject,
            email=account.email,
            display_name=account.display_name,
            roles=list(account.roles),
            language=account.language,
            has_password=account.has_password,
            created_at=account.created_at,
            disabled_at=account.disabled_at,
            locked_until=locked,
        )


class InvitationView(BaseModel):
    id: str
    email: str
    status: InvitationStatus
    roles: list[Role]
    language: Language
    subject: str | None = Field(description="The user who sets a new password; null when the link makes a new user.")
    invited_by: str
    created_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, invitation: Invitation) -> Self:
        return cls.model_validate(_facts(invitation))


class SentView(InvitationView):
    """An invitation that was just made."""

    link: str
    delivery: str = _DELIVERY

    @classmethod
    def of_sent(cls, sent: Sent) -> Self:
        return cls.model_validate({**_facts(sent.invitation), "link": sent.link})


class TenantView(BaseModel):
    tenant: str
    name: str
    time_zone: str
    operator: bool
    created_at: datetime
    disabled_at: datetime | None

    @classmethod
    def of(cls, tenant: Tenant) -> Self:
        return cls.model_validate(tenant, from_attributes=True)


class NewTenantView(TenantView):
    invitation: SentView

    @classmethod
    def of_new(cls, tenant: Tenant, sent: Sent) -> Self:
        return cls.model_validate({**TenantView.of(tenant).model_dump(), "invitation": SentView.of_sent(sent)})


class Page(BaseModel, Generic[ItemT]):
    items: list[ItemT]
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page; null on the last.")


class TenantList(BaseModel):
    items: list[TenantView]


def _facts(invitation: Invitation) -> dict[str, object]:
    return {
        "id": invitation.id,
        "email": invitation.email,
        "status": invitation.status(now()),
        "roles": list(invitation.roles),
        "language": invitation.language,
        "subject": invitation.subject,
        "invited_by": invitation.invited_by,
        "created_at": invitation.created_at,
        "expires_at": invitation.expires_at,
    }
