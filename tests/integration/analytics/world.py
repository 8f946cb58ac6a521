"""A tenant's autumn: campaigns, daily metrics, leads and sales, and the sums that plain Python makes of them."""

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

FIRST, LAST = date(2026, 8, 1), date(2026, 11, 20)
AS_OF = date(2026, 11, 20)
MEASURES = ("spend", "impressions", "reach", "clicks", "conversions", "leads", "sales", "revenue")
CAMPAIGNS: tuple[tuple[str, str, str, str, str, str, str], ...] = (
    ("c-1", "Geisha Launch", "Cafe Alta", "Geisha Roast", "Google Ads", "search", "young professionals"),
    ("c-2", "Black Friday 2026", "Cafe Alta", "Cold Brew", "Meta Ads", "social", "women 25-34"),
    ("c-3", "Run Further", "Acme", "Running Shoes", "TikTok", "video", "runners"),
    ("c-4", "Newsletter", "Acme", "Running Shoes", "Mailchimp", "email", "runners"),
)
PLACES = (("Costa Rica", "San José"), ("Mexico", "CDMX"), ("Colombia", "Bogotá"), ("United States", "California"))

Fact = dict[str, Any]


@dataclass
class World:
    campaigns: list[Fact] = field(default_factory=list[Fact])
    metrics: list[Fact] = field(default_factory=list[Fact])
    leads: list[Fact] = field(default_factory=list[Fact])
    sales: list[Fact] = field(default_factory=list[Fact])
    facts: list[Fact] = field(default_factory=list[Fact])
    """Every row with its day, its dimensions and what it measures: what the sums are made of."""

    @property
    def tables(self) -> dict[str, list[Fact]]:
        return {
            "ads.campaigns": self.campaigns,
            "ads.metrics": self.metrics,
            "crm.leads": self.leads,
            "crm.sales": self.sales,
        }

    def total(self, measure: str, where: Callable[[Fact], bool] = lambda _: True) -> Decimal:
        return sum((Decimal(fact.get(measure, 0)) for fact in self.facts if where(fact)), Decimal(0))

    def by(self, key: str, measure: str, where: Callable[[Fact], bool] = lambda _: True) -> dict[Any, Decimal]:
        sums: dict[Any, Decimal] = defaultdict(Decimal)
        for fact in self.facts:
            if where(fact) and measure in fact:
                sums[fact[key]] += Decimal(fact[measure])
        return dict(sums)


def during(start: str, end: str) -> Callable[[Fact], bool]:
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    return lambda fact: first <= fact["date"] <= last


def make_world(seed: int = 7) -> World:
    """The same world for the same seed."""
    chance = random.Random(seed)
    world = World()
    for campaign_id, name, client, product, *_ in CAMPAIGNS:
        world.campaigns.append({"campaign_id": campaign_id, "name": name, "client": client, "product": product})
    day = FIRST
    while day <= LAST:
        for campaign in CAMPAIGNS:
            for country, region in PLACES:
                _add_day(world, chance, day, campaign, country, region)
        day += timedelta(days=1)
    return world


def _add_day(
    world: World, chance: random.Random, day: date, campaign: tuple[str, ...], country: str, region: str
) -> None:
    campaign_id, name, client, product, platform, channel, audience = campaign
    shared = {"client": client, "product": product, "country": country, "region": region, "campaign_id": campaign_id}
    placed = {**shared, "campaign": name, "platform": platform, "channel": channel, "audience": audience, "date": day}
    measured = {
        "spend": Decimal(chance.randint(100, 9_999)) / 100,
        "impressions": chance.randint(500, 20_000),
        "reach": chance.randint(300, 9_000),
        "clicks": chance.randint(5, 400),
        "conversions": chance.randint(0, 30),
    }
    where = {"date": day, "campaign_id": campaign_id, "country": country, "region": region}
    world.metrics.append({**where, "platform": platform, "channel": channel, "audience": audience, **measured})
    world.facts.append({**placed, **measured})
    at = datetime(day.year, day.month, day.day, chance.randint(0, 23), 30, tzinfo=UTC)
    for _ in range(chance.randint(0, 2)):
        lead = f"l-{len(world.leads)}"
        person = {"lead_id": lead, "created_at": at, "campaign_id": campaign_id, "client": client}
        world.leads.append({**person, "country": country, "region": region, "email": f"{lead}@example.com"})
        world.facts.append({**placed, "leads": 1})
    if chance.random() < 0.4:
        amount = Decimal(chance.randint(1_000, 90_000)) / 100
        world.sales.append({**shared, "sale_id": f"s-{len(world.sales)}", "sold_at": at, "amount": amount})
        world.facts.append({**placed, "sales": 1, "revenue": amount})
