"""What the ads specialist plans, and the figures it read."""

from decimal import Decimal
from typing import Literal

from pydantic import Field

from agents.assignment import Channel, Frozen, Platform
from agents.places import PLACES

Stage = Literal["awareness", "consideration", "conversion", "loyalty"]


class Intent(Frozen):
    """What the campaign wants of its audience at one stage."""

    stage: Stage
    statement: str = Field(description="One sentence, in the language of the assignment")


class AudiencePlan(Frozen):
    name: str
    rationale: str


class PlannedLine(Frozen):
    """A place for money; `weight` is relative to the other lines, composition splits the budget exactly."""

    platform: Platform
    channel: Channel
    country: str = Field(description="English name")
    weight: Decimal = Field(gt=0)
    rationale: str

    @property
    def possible(self) -> bool:
        return (self.platform, self.channel) in PLACES


class AdsOutput(Frozen):
    objective: str = Field(description="One sentence, in the language of the assignment")
    intents: tuple[Intent, ...] = Field(min_length=1)
    audiences: tuple[AudiencePlan, ...] = Field(min_length=1)
    lines: tuple[PlannedLine, ...] = Field(min_length=1)


class ReachEstimate(Frozen):
    impressions: int
    reach: int
    clicks: int
    conversions: int
    evidence_id: str


class ServerLine(PlannedLine):
    """A line of the server's plan; `evidence_id` names the past result it rests on."""

    evidence_id: str | None = None


class AdsFacts(Frozen):
    expected: ReachEstimate | None = None
    lines: tuple[ServerLine, ...] = ()
    """The server's own plan of the budget, from past results."""
    basis: str = ""
    similar_campaigns: tuple[str, ...] = ()
    """Campaigns of the same client and product that are live or drafted."""
