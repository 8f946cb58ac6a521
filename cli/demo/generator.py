"""The demo tenant's history: a pure function of a day and a seed.

The world is fixed by the calendar; `today` only opens a window on it, from the first of the month eight months back
to yesterday. So a history made a day later holds the same rows and one day more, with leads further on their way.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from cli.demo.files import LeadRow, LeadStatus, MetricRow, SaleRow
from cli.demo.world import (
    AFFINITY,
    BEST_BONUS,
    BEST_OF_ALL,
    CLIENTS,
    COUNTRIES,
    CURRENCY,
    OUTAGES,
    PEAK_PRICES,
    THEMES,
    TRAITS,
    Channel,
    Client,
    Country,
    Placement,
    PlatformTraits,
    Product,
)
from kernel.ids import stable_id

MONTHS_BACK = 8
_LEADS_PER_CONVERSION = 0.92
_WEEK: dict[Channel, tuple[float, ...]] = {
    "search": (1.10, 1.12, 1.10, 1.06, 0.98, 0.82, 0.82),
    "social": (0.94, 0.95, 0.97, 0.99, 1.03, 1.08, 1.04),
    "video": (0.90, 0.91, 0.94, 0.97, 1.04, 1.13, 1.11),
    "email": (1.12, 1.25, 1.18, 1.16, 1.04, 0.62, 0.63),
    "sms": (0.98, 1.02, 1.04, 1.06, 1.16, 1.02, 0.72),
}
_OFFERS = tuple((client, product) for client in CLIENTS for product in client.products)
_FIRST_NAMES = ("ana", "luis", "maria", "jose", "sofia", "carlos", "emma", "james", "lucia", "diego", "olivia", "noah")
_LAST_NAMES = ("mora", "vargas", "rojas", "garcia", "lopez", "ramirez", "torres", "smith", "jones", "brown", "ruiz")


@dataclass(frozen=True, slots=True)
class History:
    metrics: list[MetricRow]
    leads: list[LeadRow]
    sales: list[SaleRow]


@dataclass(frozen=True, slots=True)
class _Campaign:
    id: str
    name: str
    client: Client
    product: Product
    placement: Placement
    countries: tuple[Country, ...]
    start: date
    days: int

    @property
    def traits(self) -> PlatformTraits:
        return TRAITS[self.placement[:2]]


@dataclass(frozen=True, slots=True)
class _Cell:
    """One campaign in one region on one day, with its own chance."""

    campaign: _Campaign
    day: int
    country: Country
    region: str
    region_share: float
    chance: Random

    @property
    def date(self) -> date:
        return self.campaign.start + timedelta(days=self.day)


@dataclass(frozen=True, slots=True)
class _Sale:
    row: SaleRow
    closed_on: date


def generate_history(today: date, seed: int = 7) -> History:
    """Everything that happened before `today`. The same arguments give the same rows in the same order."""
    history = History([], [], [])
    for campaign in _campaigns(today, seed):
        for cell in _cells(campaign, today, seed):
            row = _metrics(cell)
            history.metrics.append(row)
            _add_leads(history, cell, row, today)
    return history


def _chance(seed: int, *parts: str) -> Random:
    """A source of chance for one thing alone, so that no other thing changes it."""
    return Random("|".join((str(seed), *parts)))  # noqa: S311 - reproducible data, no secret


def _campaigns(today: date, seed: int) -> Iterator[_Campaign]:
    """One or two new campaigns a month for every product, in the order of their start."""
    this_month = today.year * 12 + today.month - 1
    for month in range(this_month - MONTHS_BACK, this_month + 1):
        for index, (client, product) in enumerate(_OFFERS):
            for slot in range(1 + (month + index) % 2):
                yield _campaign(client, product, month, slot, seed)


def _campaign(client: Client, product: Product, month: int, slot: int, seed: int) -> _Campaign:
    first = date(month // 12, month % 12 + 1, 1)
    slug = product.name.lower().replace(" ", "-")
    campaign_id = f"demo-{slug}-{first:%Y-%m}-{slot + 1}"
    chance = _chance(seed, campaign_id)
    placement = product.placements[(month * 3 // 2 + slot) % len(product.placements)]
    return _Campaign(
        id=campaign_id,
        name=f"{product.name} {THEMES[first.month]} - {placement[0]} {placement[1]}",
        client=client,
        product=product,
        placement=placement,
        countries=tuple(chance.sample(client.markets, 2)),
        start=first + timedelta(days=chance.randint(0, 6)),
        days=chance.randint(34, 48),
    )


def _cells(campaign: _Campaign, today: date, seed: int) -> Iterator[_Cell]:
    for day in range(min(campaign.days, (today - campaign.start).days)):
        for country in campaign.countries:
            for region, share in COUNTRIES[country].regions:
                yield _Cell(campaign, day, country, region, share, _chance(seed, campaign.id, str(day), region))


def _metrics(cell: _Cell) -> MetricRow:
    campaign, chance, on = cell.campaign, cell.chance, cell.date
    platform, channel, audience = campaign.placement
    traits, place = campaign.traits, COUNTRIES[cell.country]
    demand = _demand(campaign.product, on)
    share = cell.region_share * (0.55 if cell.country == campaign.countries[0] else 0.45)
    planned = campaign.product.daily_spend * traits.share * demand * _WEEK[channel][on.weekday()]
    spend = Decimal(planned * share * _noise(chance, 0.10)).quantize(Decimal("0.01"))
    price = traits.cpm * place.media_cost * PEAK_PRICES.get((on.month, on.day), 1.0) * _noise(chance, 0.07)
    impressions = round(float(spend) / price * 1000)
    clicks = min(impressions, _whole(impressions * traits.ctr * _noise(chance, 0.09), chance))
    conversion_rate = min(0.35, _response(cell, demand) * _noise(chance, 0.12))
    conversions = 0 if _form_down(platform, on) else min(clicks, _whole(clicks * conversion_rate, chance))
    return MetricRow(
        date=on,
        campaign_id=campaign.id,
        campaign_name=campaign.name,
        client=campaign.client.name,
        product=campaign.product.name,
        platform=platform,
        channel=channel,
        country=cell.country,
        region=cell.region,
        audience=audience,
        currency=CURRENCY,
        spend=spend,
        impressions=impressions,
        reach=min(impressions, round(impressions / (traits.frequency * _noise(chance, 0.03)))),
        clicks=clicks,
        conversions=conversions,
    )


def _response(cell: _Cell, demand: float) -> float:
    """Expected conversions for a click: what an average click costs, over what a lead may cost here."""
    campaign, country = cell.campaign, cell.country
    traits, name, platform = campaign.traits, campaign.client.name, campaign.placement[0]
    click_price = traits.cpm / 1000 / traits.ctr
    liked = AFFINITY.get((name, platform), 1.0) * AFFINITY.get((name, country), 1.0)
    if (name, platform, country) == BEST_OF_ALL:
        liked *= BEST_BONUS
    wear = 1.08 - 0.16 * cell.day / campaign.days
    effect = traits.response * COUNTRIES[country].response * liked * wear * demand**0.5
    return click_price / campaign.product.cost_per_lead * effect


def _form_down(platform: str, on: date) -> bool:
    return any(
        (platform, on.month) == (outage.platform, outage.month) and outage.first_day <= on.day <= outage.last_day
        for outage in OUTAGES
    )


def _demand(product: Product, on: date) -> float:
    """The season between the middles of two months."""
    to_next = (on.day - 15) / 30
    neighbour = product.season[(on.month - 1 + (1 if to_next > 0 else -1)) % 12]
    own = product.season[on.month - 1]
    return own + (neighbour - own) * abs(to_next)


def _add_leads(history: History, cell: _Cell, row: MetricRow, today: date) -> None:
    """A lead for most conversions of a row, and its sale where it was closed before today."""
    campaign, chance = cell.campaign, cell.chance
    for number in range(row.conversions):
        if chance.random() >= _LEADS_PER_CONVERSION:
            continue
        lead_id = stable_id("lead", campaign.id, row.date.isoformat(), row.region, str(number))
        created = datetime.combine(row.date, time(7), UTC) + timedelta(seconds=chance.randrange(15 * 3600))
        quality = campaign.traits.quality * COUNTRIES[cell.country].quality
        buys = chance.random() < min(0.7, campaign.product.close_rate * quality)
        sale = _sale(campaign, row, lead_id, created, chance)
        sold = buys and sale.closed_on < today
        if sold:
            history.sales.append(sale.row)
        open_status = _status((today - row.date).days, chance, may_lose=not buys)
        history.leads.append(
            LeadRow(
                lead_id=lead_id,
                created_at=_stamp(created),
                campaign_id=campaign.id,
                client=campaign.client.name,
                source=campaign.traits.source,
                country=row.country,
                region=row.region,
                email=f"{chance.choice(_FIRST_NAMES)}.{chance.choice(_LAST_NAMES)}.{lead_id[-8:]}@example.com",
                status="won" if sold else open_status,
            )
        )


def _sale(campaign: _Campaign, row: MetricRow, lead_id: str, created: datetime, chance: Random) -> _Sale:
    closed = created + timedelta(days=chance.randint(*campaign.product.days_to_close), minutes=chance.randint(10, 100))
    sale = SaleRow(
        sale_id=stable_id("sale", lead_id),
        sold_at=_stamp(closed),
        lead_id=lead_id,
        campaign_id=campaign.id,
        client=campaign.client.name,
        product=campaign.product.name,
        country=row.country,
        region=row.region,
        channel=row.channel,
        platform=row.platform,
        amount=campaign.product.price * chance.choice(campaign.product.quantities),
        currency=CURRENCY,
    )
    return _Sale(sale, closed.date())


def _status(age_days: int, chance: Random, *, may_lose: bool) -> LeadStatus:
    """How far an open lead has come; the same draws whatever its age, so that it only ever moves on."""
    contacted_after, qualified_after = chance.randint(1, 3), chance.randint(3, 12)
    qualifies, lost_after = chance.random() < 0.4, chance.randint(10, 60)
    if may_lose and age_days > lost_after:
        return "lost"
    if qualifies and age_days > qualified_after:
        return "qualified"
    return "contacted" if age_days > contacted_after else "new"


def _noise(chance: Random, width: float) -> float:
    """A factor around 1."""
    return max(0.2, chance.gauss(1, width))


def _whole(expected: float, chance: Random) -> int:
    """A whole number that is right on average."""
    return int(expected + chance.random())


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
