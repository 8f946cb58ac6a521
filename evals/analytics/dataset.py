"""CSV files of an invented market, in the headers that `promptsales import` takes: the same ones for the same seed."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from evals.analytics.worlds import Campaign, World

METRICS = (
    "date,campaign_id,campaign_name,client,product,platform,channel,country,region,audience,currency,spend,impressions,"
    "reach,clicks,conversions"
)
LEADS = "lead_id,created_at,campaign_id,client,source,country,region,email,status"
SALES = "sale_id,sold_at,lead_id,campaign_id,client,product,country,region,channel,platform,amount,currency"
_STATUSES = ("new", "contacted", "qualified", "proposal", "won", "lost")
_CPM = {"Google Ads": 21.0, "Meta Ads": 8.4, "TikTok": 5.2, "LinkedIn": 33.0, "Mailchimp": 3.9, "Twilio": 26.0}
_CTR = {"Google Ads": 0.051, "Meta Ads": 0.014, "TikTok": 0.011, "LinkedIn": 0.007, "Mailchimp": 0.026, "Twilio": 0.07}
_UNATTRIBUTED = 0.04


@dataclass(slots=True)
class _Market:
    metrics: list[list[object]] = field(default_factory=list[list[object]])
    leads: list[list[object]] = field(default_factory=list[list[object]])
    sales: list[list[object]] = field(default_factory=list[list[object]])


def write_files(world: World, seed: int, folder: Path) -> None:
    """Write ads-metrics.csv, leads.csv and sales.csv; the same bytes for the same seed."""
    market = _market(world, Random(f"{world.name} {seed}"))
    folder.mkdir(parents=True, exist_ok=True)
    for name, header, rows in (
        ("ads-metrics", METRICS, market.metrics),
        ("leads", LEADS, market.leads),
        ("sales", SALES, market.sales),
    ):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(header.split(","))
            writer.writerows(rows)


def _market(world: World, random: Random) -> _Market:
    market = _Market()
    for campaign in world.campaigns:
        scale = random.uniform(0.5, 2.2)
        for number, (country, region) in enumerate(_places(world, campaign)):
            platform, channel = campaign.placements[number % len(campaign.placements)]
            for day in _days(max(campaign.start, world.first_day), min(campaign.end, world.last_day)):
                if random.random() < 0.4:
                    continue  # no advertisement ran
                place = (platform, channel, country, region)
                _add_day(market, world, campaign, day, place, scale * random.uniform(0.6, 1.4), random)
    return market


def _places(world: World, campaign: Campaign) -> Iterator[tuple[str, str]]:
    """Countries and regions; a region that two countries have counts once, since the files' key has no country."""
    seen: set[str] = set()
    for country in campaign.countries:
        for region in world.regions[country]:
            if region not in seen:
                seen.add(region)
                yield country, region


def _days(first: date, last: date) -> Iterator[date]:
    for n in range((last - first).days + 1):
        yield first + timedelta(days=n)


def _add_day(
    market: _Market,
    world: World,
    campaign: Campaign,
    day: date,
    place: tuple[str, str, str, str],
    scale: float,
    random: Random,
) -> None:
    platform, channel, country, region = place
    currency = world.currencies[campaign.client]
    season = 1 + 0.25 * ((day.month * 7) % 5 - 2) / 2
    impressions = int(random.uniform(500, 3200) * scale * season)
    spend = _money(impressions / 1000 * _CPM[platform] * random.uniform(0.85, 1.2), currency)
    clicks = min(impressions, int(impressions * _CTR[platform] * random.uniform(0.7, 1.3)))
    conversions = sum(random.random() < 0.04 for _ in range(clicks))
    reach = int(impressions * random.uniform(0.55, 0.95))
    market.metrics.append(
        [day, campaign.id, campaign.name, campaign.client, campaign.product, platform, channel, country, region,
         campaign.audience, currency, spend, impressions, reach, clicks, conversions]
    )  # fmt: skip
    for _ in range(sum(random.random() < 0.3 for _ in range(conversions))):
        _add_lead(market, world, campaign, day, place, random)


def _add_lead(
    market: _Market,
    world: World,
    campaign: Campaign,
    day: date,
    place: tuple[str, str, str, str],
    random: Random,
) -> None:
    platform, channel, country, region = place
    lead, known = f"L-{len(market.leads) + 1:05}", "" if random.random() < _UNATTRIBUTED else campaign.id
    moment = f"{day}T{random.randrange(24):02}:{random.randrange(60):02}:00Z"
    status = random.choice(_STATUSES)
    market.leads.append(
        [lead, moment, known, campaign.client, "form", country, region, f"{lead.lower()}@example.com", status]
    )
    sold_on = day + timedelta(days=random.randrange(9))
    if random.random() < 0.3 and sold_on <= world.last_day:
        amount = _money(random.uniform(25, 900), world.currencies[campaign.client])
        market.sales.append(
            [f"S-{len(market.sales) + 1:05}", sold_on, lead, known, campaign.client, campaign.product, country, region,
             channel if known else "", platform if known else "", amount, world.currencies[campaign.client]]
        )  # fmt: skip


def _money(dollars: float, currency: str) -> Decimal:
    """An amount of that worth, as its currency is written: Chilean pesos have no cents."""
    if currency == "CLP":
        return Decimal(round(dollars * 900))
    return Decimal(str(dollars)).quantize(Decimal("0.01"))
