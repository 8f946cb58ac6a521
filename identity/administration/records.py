"""What is administered, as it is stored. Times are aware datetimes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from kernel.auth.principal import Role

Language = Literal["en", "es"]
InvitationStatus = Literal["open", "accepted", "revoked", "expired"]


@dataclass(frozen=True, slots=True)
class Account:
    """A user of a tenant."""

    tenant: str
    subject: str
    email: str | None
    display_name: str
    roles: tuple[Role, ...]
    language: Language
    has_password: bool
    created_at: datetime
    disabled_at: datetime | None
    locked_until: datetime | None
    """Until when too many wrong passwords keep the user from signing in; may lie in the past."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link that makes somebody a user, or lets a user set a new password."""

    tenant: str
    id: str
    email: str
    roles: tuple[Role, ...]
    language: Language
    invited_by: str
    subject: str | None
    """The user who gets a new password; None when the link makes a new user."""
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None
    revoked_at: datetime | None

    def status(self, now: datetime) -> InvitationStatus:
        if self.accepted_at:
            return "accepted"
        if self.revoked_at:
            return "revoked"
        return "open" if self.expires_at > now else "expired"


@dataclass(frozen=True, slots=True)
class Tenant:
    """An organisation."""

    tenant: str
    name: str
    time_zone: str
    operator: bool
    created_at: datetime
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Sent:
    """An invitation with the link that opens it. The link is known only now: its hash alone is stored."""

    invitation: Invitation
    link: str
