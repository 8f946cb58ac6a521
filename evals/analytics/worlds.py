"""The names of two invented markets. Figures are made by `dataset`; here is only who, what and where.

They hold what trips a reader of questions: accents, a region that lies in two countries, a campaign named like a month,
two campaigns of one name, names inside other names, and in the second one amounts in several currencies.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

WorldName = Literal["atlas", "sierra"]


@dataclass(frozen=True, slots=True)
class Campaign:
    id: str
    name: str
    client: str
    product: str
    placements: tuple[tuple[str, str], ...]
    """Platform and channel; with several, each region gets one of them."""
    audience: str
    countries: tuple[str, ...]
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class World:
    name: WorldName
    first_day: date
    last_day: date
    as_of: date
    regions: Mapping[str, tuple[str, ...]]
    currencies: Mapping[str, str]
    """Client → currency."""
    campaigns: tuple[Campaign, ...]


GOOGLE, GOOGLE_VIDEO = ("Google Ads", "search"), ("Google Ads", "video")
META, TIKTOK, LINKEDIN = ("Meta Ads", "social"), ("TikTok", "video"), ("LinkedIn", "social")
MAILCHIMP, TWILIO = ("Mailchimp", "email"), ("Twilio", "sms")
_START, _END = date(2025, 8, 18), date(2026, 11, 12)


def _campaign(
    key: str,
    name: str,
    offer: tuple[str, str],
    audience: str,
    countries: str,
    *placements: tuple[str, str],
    start: date = _START,
    end: date = _END,
) -> Campaign:
    return Campaign(key, name, *offer, placements, audience, tuple(countries.split(", ")), start, end)


_BLEND, _DRIP = ("Café Atlas", "Atlas Blend"), ("Café Atlas", "Drip Bags")
_BIKE, _KIDS = ("Lumen Bikes", "City E-Bike"), ("Lumen Bikes", "Kids Bike")
_WINTER, _SPA = ("Hotel Nórdica", "Winter Escape"), ("Hotel Nórdica", "Spa Weekend")
_COMPOST, _SOIL = ("Verde & Co", "Compost Kit"), ("Verde & Co", "Potting Soil")

ATLAS = World(
    "atlas",
    _START,
    _END,
    as_of=date(2026, 11, 12),
    regions={
        "Mexico": ("Ciudad de México", "Jalisco", "Nuevo León"),
        "Colombia": ("Bogotá", "Antioquia"),
        "Spain": ("Madrid", "Cataluña", "Córdoba"),
        "Argentina": ("Buenos Aires", "Córdoba"),
        "Costa Rica": ("San José", "Guanacaste"),
        "United States": ("Texas", "California"),
        "Peru": ("Lima",),
    },
    currencies=dict.fromkeys(("Café Atlas", "Lumen Bikes", "Hotel Nórdica", "Verde & Co"), "USD"),
    campaigns=(
        _campaign("AT-101", "Morning Ritual", _BLEND, "Coffee Lovers", "Mexico, Colombia", GOOGLE),
        _campaign("AT-102", "Barista at Home", _BLEND, "Young Professionals", "Mexico, Spain", META),
        _campaign("AT-103", "Tueste de Otoño", _BLEND, "Coffee Lovers", "Spain, Argentina", TIKTOK,
                  start=date(2025, 9, 1), end=date(2025, 12, 20)),
        _campaign("AT-104", "Black Friday 2025", _DRIP, "Young Professionals", "Mexico, United States", META,
                  start=date(2025, 11, 10), end=date(2025, 12, 5)),
        _campaign("AT-105", "Drip Everywhere", _DRIP, "Office Managers", "United States", LINKEDIN,
                  start=date(2026, 1, 7)),
        _campaign("AT-106", "Atlas Newsletter", _DRIP, "Coffee Lovers", "Mexico, Costa Rica", MAILCHIMP),
        _campaign("LB-201", "Ride to Work", _BIKE, "Office Managers", "Spain, Colombia", GOOGLE),
        _campaign("LB-202", "Ciudad sin Humo", _BIKE, "Young Professionals", "Mexico, Argentina", TIKTOK,
                  start=date(2026, 2, 2)),
        _campaign("LB-203", "Spring Tune-Up", _BIKE, "Young Professionals", "United States, Spain", META,
                  start=date(2026, 3, 1), end=date(2026, 6, 15)),
        _campaign("LB-204", "First Pedals", _KIDS, "New Parents", "Mexico, Colombia", META,
                  start=date(2026, 4, 6), end=date(2026, 10, 31)),
        _campaign("LB-205", "Christmas Wheels", _KIDS, "New Parents", "Spain, United States", GOOGLE_VIDEO,
                  start=date(2025, 11, 15), end=date(2026, 1, 6)),
        _campaign("LB-206", "May", _KIDS, "New Parents", "Costa Rica, Peru", TWILIO,
                  start=date(2026, 4, 20), end=date(2026, 6, 30)),
        _campaign("HN-301", "Nieve y Silencio", _WINTER, "Luxury Travelers", "Spain, Argentina", GOOGLE),
        _campaign("HN-302", "Aurora Nights", _WINTER, "Luxury Travelers", "United States", LINKEDIN,
                  start=date(2025, 10, 1), end=date(2026, 3, 31)),
        _campaign("HN-303", "Escapada Flash", _WINTER, "Young Professionals", "Spain, Mexico", TWILIO,
                  start=date(2026, 1, 15)),
        _campaign("HN-304", "Spa for Two", _SPA, "Luxury Travelers", "Costa Rica, Colombia", META),
        _campaign("HN-305", "Slow Sunday", _SPA, "New Parents", "Spain, Argentina", MAILCHIMP,
                  start=date(2025, 12, 1)),
        _campaign("VC-401", "Zero Waste Week", _COMPOST, "Home Gardeners", "Costa Rica, Mexico", TIKTOK,
                  start=date(2026, 2, 15), end=date(2026, 9, 30)),
        _campaign("VC-402", "Huerto en Casa", _COMPOST, "Home Gardeners", "Colombia, Peru", GOOGLE, META),
        _campaign("VC-403", "Spring Launch", _SOIL, "Home Gardeners", "United States", GOOGLE_VIDEO,
                  start=date(2026, 2, 20), end=date(2026, 7, 10)),
        _campaign("VC-404", "Spring Launch", _SOIL, "Home Gardeners", "Spain", META,
                  start=date(2026, 2, 20), end=date(2026, 7, 10)),
        _campaign("VC-405", "Good Soil Letters", _SOIL, "Home Gardeners", "Argentina, Peru", MAILCHIMP,
                  start=date(2026, 5, 4)),
    ),
)  # fmt: skip

_LOAN, _CARD = ("Banco Tucán", "Préstamo Joven"), ("Banco Tucán", "Tarjeta Azul")
_ERP, _PAY = ("Kestrel Software", "Kestrel ERP"), ("Kestrel Software", "Kestrel Pay")
_BOOTS, _JACKET = ("Sierra Outdoor", "Trail Boots"), ("Sierra Outdoor", "Rain Jacket")
_TOYS = ("Juguetes Ñandú", "Bloques")
_EVER, _FALL = date(2025, 7, 1), date(2026, 9, 30)

SIERRA = World(
    "sierra",
    _EVER,
    _FALL,
    as_of=date(2026, 9, 30),
    regions={
        "Brasil": ("São Paulo", "Bahía"),
        "Chile": ("Valparaíso", "Biobío"),
        "Uruguay": ("Montevideo", "San José"),
        "Costa Rica": ("San José", "Cartago"),
        "Canada": ("Québec", "Ontario"),
        "Germany": ("Baden-Württemberg", "Berlin"),
        "United Kingdom": ("Scotland", "Greater London"),
    },
    currencies={
        "Banco Tucán": "CLP",
        "Kestrel Software": "EUR",
        "Sierra Outdoor": "USD",
        "Juguetes Ñandú": "USD",
    },
    campaigns=(
        _campaign("K1", "Primer Sueldo", _LOAN, "Recién Graduados", "Chile", META, start=_EVER, end=_FALL),
        _campaign("K2", "Cuota Simple", _LOAN, "Recién Graduados", "Chile, Uruguay", GOOGLE, start=_EVER, end=_FALL),
        _campaign("K3", "Azul en Verano", _CARD, "Viajeros", "Chile", TIKTOK,
                  start=date(2025, 12, 1), end=date(2026, 3, 15)),
        _campaign("K4", "Cashback SMS", _CARD, "Viajeros", "Chile", TWILIO, start=_EVER, end=_FALL),
        _campaign("K5", "Factory Floor", _ERP, "IT Directors", "Germany, United Kingdom", LINKEDIN,
                  start=_EVER, end=_FALL),
        _campaign("K6", "Close the Books", _ERP, "CFOs", "Germany", GOOGLE, start=_EVER, end=_FALL),
        _campaign("K7", "ERP Digest", _ERP, "CFOs", "United Kingdom, Germany", MAILCHIMP, start=_EVER, end=_FALL),
        _campaign("K8", "Tap & Go", _PAY, "Shop Owners", "United Kingdom", META, start=date(2026, 1, 10), end=_FALL),
        _campaign("K9", "Pay Day", _PAY, "Shop Owners", "Germany", TIKTOK, start=date(2026, 2, 1), end=_FALL),
        _campaign("K10", "Above the Clouds", _BOOTS, "Hikers 30+", "Canada", GOOGLE, start=_EVER, end=_FALL),
        _campaign("K11", "Volcanes", _BOOTS, "Hikers 30+", "Costa Rica, Chile", META, start=_EVER, end=_FALL),
        _campaign("K12", "Wet Season", _JACKET, "Hikers 30+", "Costa Rica", TIKTOK,
                  start=date(2026, 4, 15), end=_FALL),
        _campaign("K13", "Stay Dry", _JACKET, "Commuters", "United Kingdom, Canada", GOOGLE_VIDEO,
                  start=date(2025, 9, 1), end=_FALL),
        _campaign("K14", "Maple Mornings", _JACKET, "Commuters", "Canada", MAILCHIMP, start=_EVER, end=_FALL),
        _campaign("K15", "Día del Niño", _TOYS, "Padres Primerizos", "Uruguay, Brasil", META,
                  start=date(2026, 7, 1), end=date(2026, 8, 31)),
        _campaign("K16", "Navidad Ñandú", _TOYS, "Padres Primerizos", "Uruguay, Brasil", TIKTOK,
                  start=date(2025, 11, 1), end=date(2026, 1, 6)),
        _campaign("K17", "Vuelta a Clases", _TOYS, "Padres Primerizos", "Brasil, Chile", GOOGLE,
                  start=date(2026, 1, 20), end=date(2026, 3, 20)),
        _campaign("K18", "Bloques para Todos", _TOYS, "Abuelos", "Uruguay", TWILIO, start=_EVER, end=_FALL),
        _campaign("K19", "Domingos de Juego", _TOYS, "Abuelos", "Brasil, Uruguay", MAILCHIMP,
                  start=_EVER, end=_FALL),
        _campaign("K20", "Peak Week", _BOOTS, "Commuters", "Germany, Canada", LINKEDIN, start=_EVER, end=_FALL),
    ),
)  # fmt: skip

WORLDS: Mapping[WorldName, World] = {"atlas": ATLAS, "sierra": SIERRA}
