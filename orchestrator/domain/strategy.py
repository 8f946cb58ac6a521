"""A strategy: the versioned, typed answer to a brief. Money is exact and adds up."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, PlainSerializer, model_validator

from agents.ads.outputs import AudiencePlan, Intent
from agents.assignment import (
    Amount,
    Budget,
    Channel,
    Country,
    Engine,
    Frozen,
    Goal,
    Language,
    Period,
    Platform,
)
from agents.content.outputs import Message
from agents.report import Evidence

TaskKind = Literal["review", "launch", "publish", "check", "optimise", "follow_up", "report"]
Owner = Literal["marketer", "reviewer", "sales_agent"]
Share = Annotated[Decimal, PlainSerializer(lambda value: f"{value:.4f}", return_type=str, when_used="json")]


class ChannelPlan(Frozen):
    platform: Platform
    channel: Channel
    country: Country
    share: Share = Field(description="Fraction of the budget; the shares add up to 1")
    budget: Amount
    rationale: str
    evidence: tuple[str, ...] = Field(default=(), description="Ids of the evidence the share rests on")


class Task(Frozen):
    id: str
    date: date
    title: str
    owner: Owner
    kind: TaskKind
    channel: Channel | None = None
    country: str | None = None


class Kpi(Frozen):
    metric: str
    target: str = Field(description="A decimal")
    unit: str = ""
    direction: Literal["at_least", "at_most"] = "at_least"
    baseline: str | None = Field(default=None, description="The past figure it is measured against")
    evidence: tuple[str, ...] = ()


class ApprovalRef(Frozen):
    """A proposal of this strategy as the queue answered it; the queue alone knows what it is by now."""

    item: str
    id: str
    tool: str
    summary: str
    status: str
    url: str
    expires_at: str


class Strategy(Frozen):
    thread_id: str
    version: int = Field(ge=1)
    engine: Engine
    language: Language
    objective: str
    goal: Goal
    client: str
    products: tuple[str, ...] = Field(min_length=1)
    audiences: tuple[AudiencePlan, ...]
    countries: tuple[Country, ...] = Field(min_length=1)
    period: Period
    budget: Budget
    intents: tuple[Intent, ...]
    messages: tuple[Message, ...]
    channels: tuple[ChannelPlan, ...] = Field(min_length=1)
    calendar: tuple[Task, ...]
    kpis: tuple[Kpi, ...]
    assumptions: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    approvals: tuple[ApprovalRef, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        spent = sum((line.budget for line in self.channels), Decimal(0))
        if spent != self.budget.amount:
            raise ValueError(f"the channels add up to {spent}, the budget is {self.budget.amount}")
        if sum((line.share for line in self.channels), Decimal(0)) != 1:
            raise ValueError("the shares do not add up to 1")
        outside = [task.title for task in self.calendar if not self.period.start <= task.date <= self.period.end]
        if outside:
            raise ValueError(f"tasks outside the dates: {', '.join(outside)}")
        known = {item.id for item in self.evidence}
        cited = [name for part in (*self.channels, *self.kpis) for name in part.evidence]
        if not known.issuperset(cited):
            raise ValueError("a recommendation cites evidence that is not there")
        return self


def shares(parts: Sequence[Decimal]) -> list[Decimal]:
    """Fractions of the total, with four decimals, that add up to 1 exactly."""
    total = sum(parts, Decimal(0))
    step = Decimal("0.0001")
    exact = [part / total for part in parts]
    rounded = [share.quantize(step, rounding="ROUND_DOWN") for share in exact]
    odd = int((1 - sum(rounded, Decimal(0))) / step)
    by_remainder = sorted(range(len(parts)), key=lambda index: exact[index] - rounded[index], reverse=True)
    for index in by_remainder[:odd]:
        rounded[index] += step
    return rounded
