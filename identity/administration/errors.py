"""Why an administrator, or somebody who was invited, is refused.

├── OperatorOnly        Forbidden      only administrators of the operator's organisation may
├── NeverDelegated      Forbidden      a service acting for an administrator may not administer
├── UserUnknown         NotFound
├── InvitationUnknown   NotFound
├── TenantUnknown       NotFound
├── AlreadyThere        Conflict       it exists; `existing` says as what
├── LastAdministrator   Conflict       the organisation would have nobody left to administer it
├── UserDisabled        Conflict
├── TenantDisabled      Conflict
├── OperatorStays       Conflict       the operator's organisation cannot be disabled
├── HasAdministrator    Conflict       the organisation invites its own people
├── InvitationClosed    Conflict       it was used, revoked, or has expired
├── WithoutAddress      Conflict       the user has no e-mail address to sign in with
├── NothingToChange     InvalidInput
└── BadCursor           InvalidInput
"""

from kernel.errors import Conflict, Forbidden, InvalidInput, NotFound


class OperatorOnly(Forbidden):
    """Only an administrator of the operator's organisation may do this."""


class NeverDelegated(Forbidden):
    """The token was passed through a service, which may not administer for anybody."""


class UserUnknown(NotFound):
    """The organisation has no such user."""


class InvitationUnknown(NotFound):
    """The organisation has no such invitation."""


class TenantUnknown(NotFound):
    """There is no such organisation."""


class AlreadyThere(Conflict):
    """What should be made exists."""

    def __init__(self, message: str, *, existing: str, field: str, fix: str) -> None:
        super().__init__(message, field=field, fix=fix)
        self.existing = existing

    def as_problem(self) -> dict[str, object]:
        return super().as_problem() | {"existing": self.existing}


class LastAdministrator(Conflict):
    """The organisation would be left without an administrator."""


class UserDisabled(Conflict):
    """The user is disabled, and would have to be enabled first."""


class TenantDisabled(Conflict):
    """The organisation is disabled."""


class OperatorStays(Conflict):
    """The operator's organisation cannot be disabled: nobody could enable it again."""


class HasAdministrator(Conflict):
    """The organisation has an administrator who can invite others."""


class InvitationClosed(Conflict):
    """The invitation cannot be used: it was used before, revoked, or has expired, or there never was one."""


class WithoutAddress(Conflict):
    """The user has no e-mail address, so that no password would let them sign in."""


class NothingToChange(InvalidInput):
    """A change that changes nothing."""


class BadCursor(InvalidInput):
    """The cursor is none that a list returned."""
