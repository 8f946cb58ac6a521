"""Campaigns, line items, audiences: frozen values and the rules about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, get_args

from kernel.money import Money
from mcp_servers.ads.errors import BudgetMismatch, CampaignNotDraft, CampaignNotLive, InvalidPeriod, InvalidPlan

Platform = Literal["Google Ads", "Meta Ads", "TikTok", "LinkedIn", "Mailchimp", "Twilio"]
Channel = Literal["search", "social", "video", "email", "sms"]
CampaignStatus = Literal["draft", "active", "paused", "ended"]
Origin = Literal["planned", "imported"]
GoalMetric = Literal["sales", "leads", "clicks", "reach"]
GroupBy = Literal["platform", "channel", "country", "region", "audience", "campaign", "date"]

PLATFORMS: tuple[Platform, ...] = get_args(Platform)
CHANNELS: dict[Platform, tuple[Channel, ...]] = {
    "Google Ads": ("search", "video"),
    "Meta Ads": ("social", "video"),
    "TikTok": ("video", "social"),
    "LinkedIn": ("social", "video"),
    "Mailchimp": ("email",),
    "Twilio": ("sms",),
}
LONGEST_FLIGHT_DAYS = 366


@dataclass(frozen=True, slots=True)
class LineItem:
    """The part of a campaign that runs on one platform and channel, in one country, for one audience."""

    platform: Platform
    channel: Channel
    country: str
    region: str
    audience: str
    budget: Decimal


@dataclass(frozen=True, slots=True)
class Campaign:
    id: str
    name: str
    client: str
    product: str
    objective: str
    status: CampaignStatus
    origin: Origin
    version: int
    start: date
    end: date
    currency: str
    budget: Decimal | None
    """None for imported campaigns, whose budget nobody told."""
    audience: str
    goal_metric: GoalMetric | None
    goal_value: int | None
    line_items: tuple[LineItem, ...]
    platform_id: str | None
    created_at: datetime

    @property
    def countries(self) -> list[str]:
        return sorted({line.country for line in self.line_items})

    def require_draft(self) -> None:
        if self.status != "draft":
            raise CampaignNotDraft(
                f"{self.name} is {self.status}, not a draft.", field="campaign_id", fix="Draft a new campaign."
            )

    def require_live(self) -> str:
        """The platform's id of a campaign that runs or is paused there."""
        if self.platform_id is None or self.status not in ("active", "paused"):
            raise CampaignNotLive(
                f"{self.name} is {self.status} and not on the platform.",
                field="campaign_id",
                fix="Choose an active campaign from list_campaigns.",
            )
        return self.platform_id


@dataclass(frozen=True, slots=True)
class Audience:
    id: str
    name: str
    client: str
    description: str
    countries: tuple[str, ...]
    age_min: int | None
    age_max: int | None
    interests: tuple[str, ...]
    languages: tuple[str, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over daily metrics. Reach is a sum of daily reach: people are counted once a day, not once in all."""

    spend: Decimal
    impressions: int
    reach: int
    clicks: int
    conversions: int


def check_period(start: date, end: date) -> None:
    """Raise InvalidPeriod unless the flight has 1 to 366 days."""
    if end < start:
        raise InvalidPeriod(
            f"The end {end} is before the start {start}.", field="end", fix="Swap or correct the dates."
        )
    if (end - start).days >= LONGEST_FLIGHT_DAYS:
        raise InvalidPeriod("A flight lasts 366 days at most.", field="end", fix="Split it into several campaigns.")


def check_plan(budget: Money, line_items: Sequence[LineItem]) -> None:
    """Raise unless the line items are distinct, possible on their platforms, and add up exactly to the budget."""
    if budget.amount <= 0:
        raise InvalidPlan("The budget must be above zero.", field="budget", fix="Send a positive amount.")
    if not line_items:
        raise InvalidPlan("A campaign needs at least one line item.", field="line_items", fix="Add one.")
    for line in line_items:
        if line.channel not in CHANNELS[line.platform]:
            fix = f"{line.platform} has: {', '.join(CHANNELS[line.platform])}."
            raise InvalidPlan(f"{line.platform} has no {line.channel} channel.", field="line_items.channel", fix=fix)
        if line.budget <= 0:
            raise InvalidPlan("A line item's budget must be above zero.", field="line_items.budget", fix="Remove it.")
    places = [(line.platform, line.channel, line.country, line.region, line.audience) for line in line_items]
    if len(set(places)) != len(places):
        raise InvalidPlan("Two line items are the same.", field="line_items", fix="Merge them.")
    total = sum((line.budget for line in line_items), Decimal(0))
    if total != budget.amount:
        raise BudgetMismatch(
            f"The line items add up to {total}, the budget is {budget.amount}.",
            field="line_items",
            fix="Make them add up exactly.",
        )


def rescale(line_items: Sequence[LineItem], budget: Money) -> tuple[LineItem, ...]:
    """The same line items in the same proportions under another budget, adding up exactly."""
    parts = budget.split([line.budget for line in line_items])
    return tuple(
        LineItem(line.platform, line.channel, line.country, line.region, line.audience, part.amount)
        for line, part in zip(line_items, parts, strict=True)
    )


def ratios(totals: Totals) -> dict[str, float | None]:
    """CTR and conversion rate as fractions, CPC, CPM and cost per conversion in money; None where undefined."""

    def ratio(numerator: Decimal | int, denominator: int, times: int = 1) -> float | None:
        return round(float(Decimal(numerator) * times / denominator), 6) if denominator else None

    return {
        "ctr": ratio(totals.clicks, totals.impressions),
        "cpc": ratio(totals.spend, totals.clicks),
        "cpm": ratio(totals.spend, totals.impressions, 1000),
        "conversion_rate": ratio(totals.conversions, totals.clicks),
        "cost_per_conversion": ratio(totals.spend, totals.conversions),
    }


def state_of(campaign: Campaign) -> dict[str, Any]:
    """What a reviewer's approval of something about this campaign rests on."""
    return {
        "status": campaign.status,
        "version": campaign.version,
        "budget": campaign.budget,
        "currency": campaign.currency,
        "start": campaign.start,
        "end": campaign.end,
        "platform_id": campaign.platform_id,
        "line_items": [line_state(line) for line in campaign.line_items],
    }


def line_state(line: LineItem) -> dict[str, str]:
    """A line item as plain text fields, money with two decimals."""
    return {
        "platform": line.platform,
        "channel": line.channel,
        "country": line.country,
        "region": line.region,
        "audience": line.audience,
        "budget": f"{line.budget:.2f}",
    }
