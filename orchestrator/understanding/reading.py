"""What an engine reads in a message, still as it was said: both engines fill this one shape, `validation` judges it."""

from typing import Literal

from pydantic import BaseModel, Field

from agents.assignment import Channel, GoalMetric, Language, Platform
from orchestrator.domain.brief import ListEdit, Problem
from orchestrator.domain.turn import ActionKind, Route


class Reading(BaseModel):
    """One message, read. Leave out whatever the message does not say: nothing may be assumed."""

    route: Route = Field(
        description="strategy: a campaign is wanted (or a question about it is being answered). change: the strategy "
        "at hand is to differ. question: results, performance, anything in the data. pending: approvals that wait. "
        "action: pause, launch or change the budget of a campaign that exists. help: anything else."
    )
    language: Language = Field(description="Language of the message")
    starts_over: bool = Field(default=False, description="Another strategy is wanted beside the one at hand")
    client: str | None = Field(default=None, description="Company the campaign is for, as said")
    products: list[str] = Field(default_factory=list, description="Products or services, as said")
    countries: list[str] = Field(default_factory=list, description="Countries, as said or as ISO 3166-1 alpha-2 codes")
    budget_amount: str | None = Field(default=None, description="Decimal with a point, e.g. 12000.50; minus kept")
    budget_currency: str | None = Field(default=None, description="ISO 4217 code; only if a currency was said")
    budget_change: Literal["set", "increase", "decrease"] = "set"
    budget_percent: str | None = Field(default=None, description="For 'raise the budget by 10 %': 10")
    start: str | None = Field(default=None, description="First day, YYYY-MM-DD")
    end: str | None = Field(default=None, description="Last day, YYYY-MM-DD")
    goal_metric: GoalMetric | None = None
    goal_value: str | None = Field(default=None, description="Decimal with a point; an amount when revenue")
    audiences: list[str] = Field(default_factory=list, description="Who it is for, as said")
    channels: list[Channel] = Field(default_factory=list[Channel])
    platforms: list[Platform] = Field(default_factory=list[Platform])
    lists: ListEdit = Field(default="set", description="add or remove when countries, channels … are added or dropped")
    action: ActionKind | None = None
    campaign: str | None = Field(default=None, description="Name or id of the campaign acted on, as said")


class ParsedReading(Reading):
    """The playbook's reading, with what its parser could not make sense of."""

    problems: list[Problem] = Field(default_factory=list[Problem])
    pesos: bool = False
    """The budget was said in `pesos` of no country."""
