"""Plan a campaign from the tenant's own results: where the money goes, and what it may reach. Pure.

Money is allocated in proportion to conversions per unit of money, shrunk towards the overall rate so that a place with
little spend neither wins nor loses everything: an empirical-Bayes mean whose prior weighs as much as a quarter of the
typical place's spend.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from kernel.money import Money
from mcp_servers.ads.domain import CHANNELS, Channel, LineItem, Platform, Totals

SMALLEST_SHARE = Decimal("0.05")


@dataclass(frozen=True, slots=True)
class PlaceResult:
    """What one platform and channel achieved in one country."""

    platform: Platform
    channel: Channel
    country: str
    totals: Totals


@dataclass(frozen=True, slots=True)
class Place:
    platform: Platform
    channel: Channel
    country: str


@dataclass(frozen=True, slots=True)
class Allocation:
    """A line of a plan: its share of the budget and the results it rests on (None: no history there)."""

    place: Place
    line_item: LineItem
    share: Decimal
    history: Totals | None


def allocate(budget: Money, audience: str, places: Sequence[Place], history: Sequence[PlaceResult]) -> list[Allocation]:
    """Split a budget over places. Shares add up to the budget exactly; places below 5 % are left out."""
    known = {Place(result.platform, result.channel, result.country): result.totals for result in history}
    scores = _scores(places, known)
    total = sum(scores.values(), Decimal(0))
    worthwhile = [place for place in places if scores[place] >= total * SMALLEST_SHARE] or list(places)
    parts = budget.split([scores[place] for place in worthwhile])
    return [
        Allocation(
            place=place,
            line_item=LineItem(place.platform, place.channel, place.country, "", audience, part.amount),
            share=(part.amount / budget.amount).quantize(Decimal("0.0001")),
            history=known.get(place),
        )
        for place, part in zip(worthwhile, parts, strict=True)
        if part.amount > 0
    ]


def _scores(places: Sequence[Place], known: dict[Place, Totals]) -> dict[Place, Decimal]:
    spend = sum((totals.spend for totals in known.values()), Decimal(0))
    conversions = sum((totals.conversions for totals in known.values()), 0)
    if not spend or not conversions:
        return dict.fromkeys(places, Decimal(1))
    overall = Decimal(conversions) / spend
    prior = spend / len(known) / 4
    return {
        place: (known[place].conversions + overall * prior) / (known[place].spend + prior)
        if place in known
        else overall
        for place in places
    }


def places_for(countries: Sequence[str], platforms: Sequence[Platform], history: Sequence[PlaceResult]) -> list[Place]:
    """Places with results in these countries; for a country without any, each platform's main channel."""
    seen = {(result.platform, result.channel, result.country): result for result in history}
    found = [
        Place(platform, channel, country)
        for country in countries
        for platform in platforms
        for channel in CHANNELS[platform]
        if (platform, channel, country) in seen
    ]
    covered = {place.country for place in found}
    return found + [
        Place(platform, CHANNELS[platform][0], country)
        for country in countries
        if country not in covered
        for platform in platforms
    ]


@dataclass(frozen=True, slots=True)
class ReachEstimate:
    """Impressions and daily-reach person-days that a spend may buy, with the range that past places show."""

    impressions: int
    impressions_low: int
    impressions_high: int
    reach: int
    clicks: int
    conversions: int
    basis_spend: Decimal
    places: int


def estimate(spend: Decimal, history: Sequence[PlaceResult]) -> ReachEstimate | None:
    """Scale past results to a spend: ratios of sums; the range spans the places' own cost per impression."""
    used = [result.totals for result in history if result.totals.spend > 0 and result.totals.impressions > 0]
    if not used:
        return None
    total_spend = sum((totals.spend for totals in used), Decimal(0))

    def scaled(count: int) -> int:
        return int(spend * count / total_spend)

    per_money = [Decimal(totals.impressions) / totals.spend for totals in used]
    return ReachEstimate(
        impressions=scaled(sum(totals.impressions for totals in used)),
        impressions_low=int(spend * min(per_money)),
        impressions_high=int(spend * max(per_money)),
        reach=scaled(sum(totals.reach for totals in used)),
        clicks=scaled(sum(totals.clicks for totals in used)),
        conversions=scaled(sum(totals.conversions for totals in used)),
        basis_spend=total_spend,
        places=len(used),
    )
