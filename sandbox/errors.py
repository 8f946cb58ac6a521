"""Facts the simulated platforms answer with.

InvalidInput: IdempotencyKeyReused, LineItemsDoNotAddUp, DuplicateLineItem, ChannelNotOffered, UnsupportedCurrency,
              InvalidFlight, BudgetBelowSpend, InvalidRecipient, InvalidFaults, InvalidKinds
Unauthenticated: InvalidApiKey
NotFound: CampaignNotFound, PostNotFound, MessageNotFound
Conflict: CampaignEnded
Unavailable: RateLimited (429), PlatformFailed (500), PlatformTimedOut (504) — only when injected
"""

from kernel.errors import Conflict, InvalidInput, NotFound, Unauthenticated, Unavailable


class IdempotencyKeyReused(InvalidInput):
    """An idempotency key came back with another request."""


class LineItemsDoNotAddUp(InvalidInput):
    """The line items' budgets are not the campaign's budget."""


class DuplicateLineItem(InvalidInput):
    """Two line items aim the same platform and channel at the same people."""


class ChannelNotOffered(InvalidInput):
    """The platform does not sell this channel."""


class UnsupportedCurrency(InvalidInput):
    """The platforms do not bill in this currency."""


class InvalidFlight(InvalidInput):
    """A campaign's dates are the wrong way round or too far apart."""


class BudgetBelowSpend(InvalidInput):
    """A budget is less than what has been spent already."""


class InvalidRecipient(InvalidInput):
    """An address does not fit the channel."""


class InvalidFaults(InvalidInput):
    """The setting of random faults cannot be read."""


class InvalidKinds(InvalidInput):
    """The setting of kinds of platforms cannot be read."""


class InvalidApiKey(Unauthenticated):
    """The API key is missing or wrong."""


class CampaignNotFound(NotFound):
    """The account has no such campaign."""


class PostNotFound(NotFound):
    """The account has no such post, or it was deleted."""


class MessageNotFound(NotFound):
    """The account has no such message."""


class CampaignEnded(Conflict):
    """The campaign's flight is over."""


class RateLimited(Unavailable):
    """Injected: too many requests."""

    status = 429


class PlatformFailed(Unavailable):
    """Injected: the platform failed before doing anything."""

    status = 500


class PlatformTimedOut(Unavailable):
    """Injected: the platform kept the caller waiting."""

    status = 504
