"""What a campaign delivers, day by day: deterministic by campaign id, plausible, and exact to the cent. Pure.

A line item's budget is paced over the days that are left by weekday, at most about twice an even day's share, so a
flight without changes spends exactly its budget and one with pauses spends less. What was spent is never undone.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from kernel.money import Money
from sandbox.domain import Campaign, LineItem, LineKey
from sandbox.market import COUNTRY_COST, MARKET, PER_DOLLAR, WEEKDAYS, Channel, Platform, Span

_CATCH_UP = 2
_ODD_UNITS = 10  # what rounding may leave over for a flight's last day


@dataclass(frozen=True, slots=True)
class Insight:
    """One line item on one day. `clicks <= impressions`, `reach <= impressions`, `conversions <= clicks`."""

    date: date
    platform: Platform
    channel: Channel
    country: str
    region: str
    audience: str
    currency: str
    spend: Decimal
    impressions: int
    reach: int
    clicks: int
    conversions: int


def deliver(campaign: Campaign, days: int) -> list[Insight]:
    """What the first `days` flight days delivered, by day and line item; a paused day delivers nothing."""
    unit = Money(Decimal(0), campaign.currency).minor_unit
    weights = {channel: _flight_weights(campaign, channel) for channel in WEEKDAYS}
    spent: defaultdict[LineKey, int] = defaultdict(int)
    insights: list[Insight] = []
    for day in range(days):
        terms = campaign.terms_on(day)
        for line in () if terms.paused else terms.line_items:
            amount = _pace(weights[line.channel], day, int(line.budget / unit), spent[line.key])
            if amount:
                spent[line.key] += amount
                insights.append(_results(campaign, line, day, amount * unit))
    return insights


def spend_by_line(campaign: Campaign, days: int) -> Mapping[LineKey, Decimal]:
    """What each line item has spent in the first `days` flight days."""
    totals: defaultdict[LineKey, Decimal] = defaultdict(Decimal)
    for row in deliver(campaign, days):
        totals[row.platform, row.channel, row.country, row.region, row.audience] += row.spend
    return totals


def _flight_weights(campaign: Campaign, channel: Channel) -> list[int]:
    first = campaign.start.weekday()
    return [WEEKDAYS[channel][(first + day) % 7] for day in range(campaign.flight_days)]


def _pace(weights: list[int], day: int, budget: int, spent: int) -> int:
    """Minor units to spend on a day."""
    share = (budget - spent) * weights[day] // sum(weights[day:])
    even = budget * weights[day] // sum(weights)
    return max(0, min(share, _CATCH_UP * even + _ODD_UNITS))


def _results(campaign: Campaign, line: LineItem, day: int, spend: Decimal) -> Insight:
    rates = MARKET[line.platform, line.channel]
    own = _draws(campaign.id, *line.key)
    daily = _draws(campaign.id, *line.key, str(day))
    price_level = COUNTRY_COST.get(line.country, 1.0) * PER_DOLLAR[campaign.currency]
    cpm = _within(rates.cpm, next(own)) * price_level * _within((0.88, 1.12), next(daily))
    ctr = _within(rates.ctr, next(own)) * _within((0.85, 1.15), next(daily))
    cvr = _within(rates.cvr, next(own)) * _within((0.80, 1.20), next(daily))
    impressions = max(1, round(float(spend) / cpm * 1000))
    clicks = min(impressions, int(impressions * ctr + next(daily)))
    return Insight(
        date=campaign.start + timedelta(days=day),
        platform=line.platform,
        channel=line.channel,
        country=line.country,
        region=line.region,
        audience=line.audience,
        currency=campaign.currency,
        spend=spend,
        impressions=impressions,
        reach=max(1, int(impressions / _within(rates.frequency, next(daily)))),
        clicks=clicks,
        conversions=min(clicks, int(clicks * cvr + next(daily))),
    )


def _within(span: Span, draw: float) -> float:
    return span[0] + (span[1] - span[0]) * draw


def _draws(*seed: str) -> Iterator[float]:
    """Eight numbers from 0 to 1 that depend on the seed alone, on every machine."""
    digest = hashlib.sha256("\x1f".join(seed).encode()).digest()
    return (int.from_bytes(digest[at : at + 4], "big") / 2**32 for at in range(0, 32, 4))
