"""What the analytics specialist concludes, and the figures it read."""

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field

from agents.assignment import Frozen, GoalMetric

Emphasis = Literal["more", "same", "less"]


class ChannelAdvice(Frozen):
    platform: str
    channel: str
    emphasis: Emphasis = Field(description="Against an even share of the budget")
    reason: str = Field(description="One sentence with the figure it rests on, in the language of the assignment")


class AnalyticsOutput(Frozen):
    summary: str = Field(
        description="Two sentences at most: what past results say for this assignment, or that there are none"
    )
    advice: tuple[ChannelAdvice, ...] = ()


class PlaceRecord(Frozen):
    """Past results of one platform and channel in one country."""

    platform: str
    channel: str
    country: str
    currency: str
    spend: Decimal
    clicks: int
    conversions: int
    leads: int
    sales: int
    revenue: Decimal
    evidence_id: str

    def results(self, goal: GoalMetric) -> int:
        """How much of what the goal counts was achieved here; sales stand in for revenue, clicks for reach."""
        match goal:
            case "leads":
                return self.leads
            case "conversions":
                return self.conversions
            case "sales" | "revenue":
                return self.sales or self.conversions
            case _:
                return self.clicks


class AnalyticsFacts(Frozen):
    places: tuple[PlaceRecord, ...] = ()
    """Only places in the assignment's countries with money spent; all in one currency, the brief's if it has past."""
    data_through: date | None = None
