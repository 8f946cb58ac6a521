"""Facts of the crm context.

InvalidInput   InvalidCursor, InvalidEmail, InvalidPhone, ConsentWithoutSource, ReasonMissing, SubjectMisplaced,
               MessageTooLong, SaleInFuture, SaleIncomplete
NotFound       LeadNotFound
Forbidden      NoConsent, Unsubscribed
Conflict       IllegalTransition, SaleDecidesWon, SaleDiffers, OtherClient, IdempotencyKeyReused, NoAddress, LeadLost,
               PlatformRefused
Unavailable    PlatformUnavailable
"""

from kernel.errors import Conflict, Forbidden, InvalidInput, NotFound, Unavailable


class InvalidCursor(InvalidInput):
    def __init__(self) -> None:
        super().__init__("The cursor is not one of ours.", field="cursor", fix="Use next_cursor of the last page.")


class InvalidEmail(InvalidInput):
    def __init__(self) -> None:
        super().__init__("This is not an e-mail address.", field="email", fix="Send one such as ana@example.com.")


class InvalidPhone(InvalidInput):
    def __init__(self) -> None:
        super().__init__(
            "This is not an international phone number.", field="phone", fix="Send E.164, such as +50688887777."
        )


class ConsentWithoutSource(InvalidInput):
    """Consent is claimed and nothing says where it was given."""


class ReasonMissing(InvalidInput):
    """A change that has to be explained is not."""


class SubjectMisplaced(InvalidInput):
    """An e-mail without a subject, or a short message with one."""


class MessageTooLong(InvalidInput):
    """A message is longer than its channel carries."""


class SaleInFuture(InvalidInput):
    """A sale is dated later than now."""


class SaleIncomplete(InvalidInput):
    """A sale without a lead lacks something that a lead would have told."""


class LeadNotFound(NotFound):
    def __init__(self, lead_id: str) -> None:
        super().__init__(f"There is no lead {lead_id!r}.", field="lead_id", fix="Use an id from list_leads.")


class NoConsent(Forbidden):
    """The lead has not agreed to be written to on this channel."""


class Unsubscribed(Forbidden):
    """The lead asked to get no more messages."""


class IllegalTransition(Conflict):
    """A stage does not lead to the one asked for."""


class SaleDecidesWon(Conflict):
    """A lead is won by its sale, not by being called won."""


class SaleDiffers(Conflict):
    """The sale id stands for another sale."""


class OtherClient(Conflict):
    """The lead belongs to another client company."""


class IdempotencyKeyReused(Conflict):
    def __init__(self) -> None:
        super().__init__(
            "This key stands for another request.", field="idempotency_key", fix="Use a new key for a new request."
        )


class NoAddress(Conflict):
    """The lead has no phone number to write to."""


class LeadLost(Conflict):
    """The lead is lost."""


class PlatformUnavailable(Unavailable):
    """The messenger does not answer, or asks to slow down."""


class PlatformRefused(Conflict):
    """The messenger does not accept the message; asking again changes nothing."""
