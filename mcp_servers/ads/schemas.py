"""Inputs and outputs of the ads tools. Money is a decimal string with its ISO 4217 currency beside it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from mcp_servers.ads.domain import (
    Audience,
    Campaign,
    CampaignStatus,
    Channel,
    GoalMetric,
    GroupBy,
    LineItem,
    Origin,
    Platform,
    Totals,
    ratios,
)

Amount = Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=2)]
Currency = Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
Key = Annotated[str, StringConstraints(min_length=8, max_length=128)]
Countries = Annotated[list[Name], Field(min_length=1, max_length=50, description="English country names.")]


class LineItemInput(BaseModel):
    """Money for one platform and channel, in one country, for one audience."""

    model_config = ConfigDict(extra="forbid")

    platform: Platform
    channel: Channel
    country: Name
    region: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    audience: Name
    budget: Amount

    def as_domain(self) -> LineItem:
        return LineItem(self.platform, self.channel, self.country, self.region, self.audience, self.budget)

    @classmethod
    def of(cls, line: LineItem) -> "LineItemInput":
        return cls.model_validate(line, from_attributes=True)


class CampaignView(BaseModel):
    campaign_id: str
    name: str
    client: str
    product: str
    objective: str
    status: CampaignStatus
    origin: Origin = Field(description="planned here, or imported with its metrics")
    version: int = Field(description="goes up with every change; update_draft wants the one you saw")
    start: date
    end: date
    currency: str
    budget: Decimal | None = Field(description="total for the flight; null when nobody told (imported)")
    audience: str
    goal_metric: GoalMetric | None
    goal_value: int | None
    countries: list[str]
    line_items: list[LineItemInput]
    platform_id: str | None = Field(description="id on the ad platform once launched")

    @classmethod
    def of(cls, campaign: Campaign) -> "CampaignView":
        return cls(
            campaign_id=campaign.id,
            name=campaign.name,
            client=campaign.client,
            product=campaign.product,
            objective=campaign.objective,
            status=campaign.status,
            origin=campaign.origin,
            version=campaign.version,
            start=campaign.start,
            end=campaign.end,
            currency=campaign.currency,
            budget=campaign.budget,
            audience=campaign.audience,
            goal_metric=campaign.goal_metric,
            goal_value=campaign.goal_value,
            countries=campaign.countries,
            line_items=[LineItemInput.of(line) for line in campaign.line_items],
            platform_id=campaign.platform_id,
        )


class CampaignPage(BaseModel):
    campaigns: list[CampaignView]
    next_cursor: str | None = Field(description="pass as cursor for the next page; null on the last")


class AudienceView(BaseModel):
    audience_id: str
    name: str
    client: str
    description: str
    countries: list[str]
    age_min: int | None
    age_max: int | None
    interests: list[str]
    languages: list[str]
    created_at: datetime

    @classmethod
    def of(cls, audience: Audience) -> "AudienceView":
        return cls(
            audience_id=audience.id,
            name=audience.name,
            client=audience.client,
            description=audience.description,
            countries=list(audience.countries),
            age_min=audience.age_min,
            age_max=audience.age_max,
            interests=list(audience.interests),
            languages=list(audience.languages),
            created_at=audience.created_at,
        )


class PerformanceRow(BaseModel):
    group: str
    currency: str
    spend: Decimal
    impressions: int
    reach: int = Field(description="sum of daily reach: people count once a day, so do not read it as unique people")
    clicks: int
    conversions: int
    ctr: float | None = Field(description="clicks / impressions, a fraction")
    cpc: float | None = Field(description="spend / clicks")
    cpm: float | None = Field(description="spend for 1,000 impressions")
    conversion_rate: float | None = Field(description="conversions / clicks, a fraction")
    cost_per_conversion: float | None

    @classmethod
    def of(cls, group: str, currency: str, totals: Totals) -> "PerformanceRow":
        return cls(
            group=group,
            currency=currency,
            spend=totals.spend,
            impressions=totals.impressions,
            reach=totals.reach,
            clicks=totals.clicks,
            conversions=totals.conversions,
            **ratios(totals),
        )


class Performance(BaseModel):
    group_by: GroupBy
    rows: list[PerformanceRow] = Field(description="largest spend first; one row a group and currency")
    start: date | None
    end: date | None


class ReachView(BaseModel):
    """What a budget may buy, scaled from the tenant's own past results."""

    spend: Decimal
    currency: str
    impressions: int
    impressions_low: int = Field(description="at the dearest past place's cost")
    impressions_high: int = Field(description="at the cheapest past place's cost")
    reach: int = Field(description="sum of daily reach")
    clicks: int
    conversions: int
    basis: str = Field(description="which past results it is scaled from")
    basis_spend: Decimal


class PlanLine(BaseModel):
    line_item: LineItemInput
    share: Decimal = Field(description="fraction of the budget")
    rationale: str = Field(description="the past result it rests on, or that there is none")
    past_spend: Decimal | None
    past_conversions: int | None
    past_cost_per_conversion: float | None


class CampaignPlan(BaseModel):
    """A proposal, not stored: pass what you keep of it to draft_campaign."""

    name: str
    client: str
    product: str
    objective: str
    start: date
    end: date
    currency: str
    budget: Decimal
    audience: str
    goal_metric: GoalMetric
    goal_value: int
    lines: list[PlanLine] = Field(description="budgets add up exactly to the budget")
    expected_conversions: int | None = Field(description="at past ratios; null without history")
    basis: str
