"""The demo tenant's world: its clients, what they sell, where, and how people respond. Figures and names only.

The differences are meant, so that an analysis has something to find: Meta Ads works best for coffee in Mexico; TikTok
brings cheap leads of which few buy; LinkedIn's are dear and buy more; e-mail earns most on little spend; Nube Fitness
struggles in Spain; media cost most in the United States; and tracking broke twice (`OUTAGES`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Platform = Literal["Google Ads", "Meta Ads", "TikTok", "LinkedIn", "Mailchimp", "Twilio"]
Channel = Literal["search", "social", "video", "email", "sms"]
Country = Literal["Costa Rica", "Mexico", "Colombia", "United States", "Spain"]
Audience = Literal["young professionals", "coffee lovers", "home owners", "gym beginners", "remote workers"]
Placement = tuple[Platform, Channel, Audience]
Months = tuple[float, float, float, float, float, float, float, float, float, float, float, float]


@dataclass(frozen=True, slots=True)
class Product:
    name: str
    description: str
    price: Decimal
    """US dollars."""
    daily_spend: float
    """US dollars a day of an average campaign."""
    cost_per_lead: float
    """US dollars where nothing else pushes it up or down."""
    close_rate: float
    """Share of leads that buy in the end."""
    days_to_close: tuple[int, int]
    quantities: tuple[int, ...]
    """Units in a sale, each as likely as the others."""
    season: Months
    """Demand from January to December; 1 is an average month."""
    placements: tuple[Placement, ...]


@dataclass(frozen=True, slots=True)
class Client:
    name: str
    industry: str
    time_zone: str
    monthly_budget: Decimal
    """US dollars."""
    markets: tuple[Country, ...]
    products: tuple[Product, ...]

    @property
    def audiences(self) -> tuple[Audience, ...]:
        """Every audience a product aims at, in the order of first mention."""
        aimed: dict[Audience, None] = {
            audience: None for product in self.products for _, _, audience in product.placements
        }
        return tuple(aimed)


@dataclass(frozen=True, slots=True)
class PlatformTraits:
    cpm: float
    """US dollars for a thousand impressions, e-mails or messages."""
    ctr: float
    frequency: float
    share: float
    """Of a campaign's daily spend: what the platform can absorb."""
    response: float
    """Leads for the money, relative to the product's cost per lead."""
    quality: float
    """How readily its leads buy; 1 is average."""
    source: str
    """What a lead from here is called."""


@dataclass(frozen=True, slots=True)
class CountryTraits:
    regions: tuple[tuple[str, float], ...]
    """Names as written there, with their share of the country's spend."""
    media_cost: float
    response: float
    quality: float


@dataclass(frozen=True, slots=True)
class Outage:
    """Conversions that were not tracked: every year, from a day of a month on."""

    platform: Platform
    month: int
    first_day: int
    last_day: int


CURRENCY = "USD"
TIME_ZONE = "America/New_York"
"""The tenant's: its days begin and end there."""

TRAITS: Mapping[tuple[Platform, Channel], PlatformTraits] = {
    ("Google Ads", "search"): PlatformTraits(29, 0.045, 1.25, 1.15, 1.05, 1.15, "google_ads"),
    ("Google Ads", "video"): PlatformTraits(11, 0.008, 1.6, 0.8, 0.72, 0.85, "google_ads"),
    ("Meta Ads", "social"): PlatformTraits(9.5, 0.0135, 1.7, 1.1, 1.0, 1.0, "meta_ads"),
    ("Meta Ads", "video"): PlatformTraits(8.2, 0.009, 1.6, 0.9, 0.9, 0.95, "meta_ads"),
    ("TikTok", "video"): PlatformTraits(6.1, 0.0105, 1.5, 0.85, 1.25, 0.5, "tiktok"),
    ("LinkedIn", "social"): PlatformTraits(37, 0.0062, 1.3, 1.2, 0.62, 1.7, "linkedin"),
    ("Mailchimp", "email"): PlatformTraits(4.4, 0.024, 1.05, 0.28, 1.7, 1.15, "mailchimp"),
    ("Twilio", "sms"): PlatformTraits(26, 0.072, 1.05, 0.4, 0.95, 0.9, "twilio"),
}

COUNTRIES: Mapping[Country, CountryTraits] = {
    "Costa Rica": CountryTraits((("San José", 0.48), ("Alajuela", 0.29), ("Guanacaste", 0.23)), 0.72, 1.05, 1.05),
    "Mexico": CountryTraits((("Ciudad de México", 0.46), ("Jalisco", 0.29), ("Nuevo León", 0.25)), 0.78, 1.10, 0.95),
    "Colombia": CountryTraits((("Bogotá", 0.50), ("Antioquia", 0.32), ("Valle del Cauca", 0.18)), 0.62, 0.85, 0.90),
    "United States": CountryTraits((("California", 0.40), ("Texas", 0.32), ("Florida", 0.28)), 1.85, 0.92, 1.25),
    "Spain": CountryTraits((("Madrid", 0.42), ("Cataluña", 0.35), ("Andalucía", 0.23)), 1.15, 0.95, 1.0),
}

AFFINITY: Mapping[tuple[str, Platform | Country], float] = {
    ("Nube Fitness", "Spain"): 0.60,
    ("Nube Fitness", "TikTok"): 1.15,
    ("Solaris Energy", "LinkedIn"): 1.15,
    ("Cafe Alta", "United States"): 1.10,
}
"""How much better or worse a client's offer does somewhere."""

BEST_OF_ALL: tuple[str, Platform, Country] = ("Cafe Alta", "Meta Ads", "Mexico")
BEST_BONUS = 1.40

OUTAGES: tuple[Outage, ...] = (Outage("TikTok", 3, 12, 14), Outage("TikTok", 9, 12, 14))

PEAK_PRICES: Mapping[tuple[int, int], float] = {(11, day): 1.45 for day in range(23, 31)}
"""Media cost more on these days of the year (month, day): Black Friday's week."""

THEMES: Mapping[int, str] = {
    1: "New Year",
    2: "Valentine",
    3: "Spring Opening",
    4: "Easter",
    5: "Mother's Day",
    6: "Mid-Year",
    7: "High Summer",
    8: "Back to Routine",
    9: "September Reset",
    10: "Harvest",
    11: "Black Friday",
    12: "Holidays",
}

CLIENTS: tuple[Client, ...] = (
    Client(
        name="Cafe Alta",
        industry="Specialty coffee",
        time_zone="America/Costa_Rica",
        monthly_budget=Decimal(9000),
        markets=("Costa Rica", "Mexico", "United States", "Spain"),
        products=(
            Product(
                name="Geisha Roast",
                description="Single-origin Geisha from Tarrazú, roasted to order, 340 g.",
                price=Decimal("68.00"),
                daily_spend=62,
                cost_per_lead=14,
                close_rate=0.34,
                days_to_close=(0, 6),
                quantities=(1, 1, 2, 2),
                season=(0.90, 1.00, 0.95, 0.95, 1.15, 0.92, 0.88, 0.94, 1.00, 1.05, 1.28, 1.42),
                placements=(
                    ("Google Ads", "search", "coffee lovers"),
                    ("Meta Ads", "social", "coffee lovers"),
                    ("Mailchimp", "email", "coffee lovers"),
                    ("TikTok", "video", "young professionals"),
                    ("Meta Ads", "video", "remote workers"),
                ),
            ),
            Product(
                name="Cold Brew Kit",
                description="Glass brewer with two bags of coarse-ground coffee.",
                price=Decimal("89.00"),
                daily_spend=56,
                cost_per_lead=13,
                close_rate=0.29,
                days_to_close=(0, 8),
                quantities=(1, 1, 1, 2),
                season=(0.70, 0.78, 0.95, 1.15, 1.30, 1.38, 1.36, 1.22, 1.00, 0.86, 0.82, 0.85),
                placements=(
                    ("Meta Ads", "social", "young professionals"),
                    ("TikTok", "video", "young professionals"),
                    ("Google Ads", "search", "coffee lovers"),
                    ("Mailchimp", "email", "remote workers"),
                ),
            ),
        ),
    ),
    Client(
        name="Nube Fitness",
        industry="Fitness and wellness",
        time_zone="America/Mexico_City",
        monthly_budget=Decimal(14000),
        markets=("Mexico", "Colombia", "Spain"),
        products=(
            Product(
                name="Annual Pass",
                description="A year in every Nube club, with classes.",
                price=Decimal("420.00"),
                daily_spend=118,
                cost_per_lead=27,
                close_rate=0.19,
                days_to_close=(1, 14),
                quantities=(1,),
                season=(1.55, 1.20, 1.00, 0.95, 0.95, 0.90, 0.84, 0.96, 1.26, 1.06, 0.92, 0.85),
                placements=(
                    ("Meta Ads", "video", "gym beginners"),
                    ("Google Ads", "search", "young professionals"),
                    ("Twilio", "sms", "gym beginners"),
                    ("TikTok", "video", "gym beginners"),
                    ("Meta Ads", "social", "young professionals"),
                ),
            ),
            Product(
                name="Home Coach",
                description="Twelve weeks of live training at home.",
                price=Decimal("180.00"),
                daily_spend=86,
                cost_per_lead=16,
                close_rate=0.24,
                days_to_close=(0, 10),
                quantities=(1,),
                season=(1.40, 1.12, 1.02, 0.96, 0.94, 0.90, 0.88, 0.98, 1.20, 1.02, 0.96, 0.92),
                placements=(
                    ("TikTok", "video", "gym beginners"),
                    ("Meta Ads", "social", "remote workers"),
                    ("Mailchimp", "email", "remote workers"),
                    ("Google Ads", "video", "remote workers"),
                ),
            ),
        ),
    ),
    Client(
        name="Solaris Energy",
        industry="Residential solar",
        time_zone="America/New_York",
        monthly_budget=Decimal(19000),
        markets=("United States", "Costa Rica", "Colombia", "Spain"),
        products=(
            Product(
                name="Roof Kit",
                description="A 3 kW solar kit with installation on a private roof.",
                price=Decimal("6400.00"),
                daily_spend=255,
                cost_per_lead=118,
                close_rate=0.058,
                days_to_close=(9, 45),
                quantities=(1,),
                season=(0.80, 0.86, 1.05, 1.18, 1.25, 1.22, 1.14, 1.06, 1.00, 0.95, 0.84, 0.74),
                placements=(
                    ("Google Ads", "search", "home owners"),
                    ("LinkedIn", "social", "home owners"),
                    ("Meta Ads", "video", "home owners"),
                    ("Mailchimp", "email", "home owners"),
                ),
            ),
        ),
    ),
)
