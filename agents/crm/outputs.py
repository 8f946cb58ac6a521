"""What the CRM specialist concludes, and the leads it counted."""

from pydantic import Field

from agents.assignment import Frozen


class CrmOutput(Frozen):
    summary: str = Field(description="Two sentences at most, in the language of the assignment")
    follow_up: tuple[str, ...] = Field(default=(), description="What sales does with leads, one task each")


class CrmFacts(Frozen):
    open_leads: int = 0
    """Leads of the client in the assignment's countries that are neither won nor lost."""
    by_status: dict[str, int] = Field(default_factory=dict[str, int])
    truncated: bool = False
    """More leads exist than were counted."""
