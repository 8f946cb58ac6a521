"""Why a person is not let in.

├── CredentialsRejected   Unauthenticated  e-mail or password is wrong, or the account is locked: never said which
├── OrganizationNeeded    Conflict         the password opens accounts in several organizations
├── ChoiceExpired         Conflict         the organization was chosen too late, or twice
├── TooManyAttempts       Unavailable      429: too many failures from one address or for one e-mail
├── AttemptsUncounted     Unavailable      503: what counts failures does not answer, so nobody is let in
├── PasswordsBusy         Unavailable      503: more people wait for a password to be checked than may
├── PasswordUnsuitable    InvalidInput     a new password that is not taken
└── CsrfMismatch          Forbidden        a form that did not come from a page shown to this browser
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

from kernel.errors import Conflict, Forbidden, InvalidInput, Unauthenticated, Unavailable

Unsuitable = Literal["short", "long", "characters", "email", "obvious"]


class CredentialsRejected(Unauthenticated):
    """E-mail or password is wrong, or the account is locked for a while."""

    def __init__(self) -> None:
        super().__init__("The e-mail or the password is wrong.", fix="After several failures, wait 15 minutes.")


class OrganizationNeeded(Conflict):
    """The password is right for accounts in several organizations."""

    def __init__(self, organizations: Mapping[str, str], choice: str) -> None:
        """Names by tenant, and the secret with which one of them is chosen."""
        super().__init__("The account exists in several organizations.", field="organization")
        self.organizations = organizations
        self.choice = choice


class ChoiceExpired(Conflict):
    """The organization was chosen too late, twice, or is none that was offered."""

    def __init__(self) -> None:
        super().__init__("The choice of an organization has expired.", fix="Sign in again.")


class TooManyAttempts(Unavailable):
    """Too many failures; `retry_after` is in seconds."""

    status: ClassVar[int] = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__("There were too many attempts to sign in.", fix=f"Try again in {retry_after} s.")
        self.retry_after = retry_after


class AttemptsUncounted(Unavailable):
    """Redis, which counts failures, does not answer."""

    def __init__(self) -> None:
        super().__init__("Signing in is not possible at the moment.", fix="Try again in a minute.")


class PasswordsBusy(Unavailable):
    """Too many people are waiting for a password to be checked."""

    def __init__(self) -> None:
        super().__init__("Too many people are signing in at the moment.", fix="Try again in a minute.")


class PasswordUnsuitable(InvalidInput):
    """A new password that is too short, too long, or easy to guess; `reason` says which."""

    def __init__(self, reason: Unsuitable) -> None:
        super().__init__(_UNSUITABLE[reason], field="password", fix="Choose another: four unrelated words are good.")
        self.reason: Unsuitable = reason


class CsrfMismatch(Forbidden):
    """A form that did not come from a page this server showed to this browser."""

    def __init__(self) -> None:
        super().__init__(
            "The form does not belong to this browser's session.", fix="Go back, reload and send it again."
        )


_UNSUITABLE: Mapping[Unsuitable, str] = {
    "short": "The password has fewer than 12 characters.",
    "long": "The password has more than 256 characters.",
    "characters": "The password holds characters that are no text.",
    "email": "The password is the e-mail address, or little more.",
    "obvious": "The password is among the first that are guessed.",
}
