"""Facts of the ads context."""

from kernel.errors import Conflict, InvalidInput, NotFound, Unavailable


class CampaignNotFound(NotFound):
    def __init__(self, campaign_id: str) -> None:
        super().__init__(
            f"There is no campaign {campaign_id!r}.", field="campaign_id", fix="Use an id from list_campaigns."
        )


class InvalidPeriod(InvalidInput):
    """A period that ends before it starts, or is longer than a flight can be."""


class InvalidPlan(InvalidInput):
    """Line items that do not make a campaign."""


class InvalidMetrics(InvalidInput):
    """A line of metrics that contradicts itself."""


class BudgetMismatch(InvalidInput):
    """Line items that do not add up to the budget."""


class CampaignNotDraft(Conflict):
    """Only a draft can be changed or launched."""


class CampaignNotLive(Conflict):
    """The campaign is not running on the platform."""


class DraftChanged(Conflict):
    """The draft has another version than the caller saw."""


class IdempotencyKeyReused(Conflict):
    """The key stands for another request."""


class BudgetUnchanged(Conflict):
    """The campaign has this budget already."""


class NoHistory(NotFound):
    """There is nothing in the tenant's own data to estimate from."""


class PlatformUnavailable(Unavailable):
    """The ad platform does not answer, or asks to slow down."""


class PlatformRefused(Conflict):
    """The ad platform does not accept the request; asking again changes nothing."""
