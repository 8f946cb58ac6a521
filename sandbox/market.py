"""What advertising costs and how people respond, in realistic magnitudes. Figures only; nothing here decides."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Platform = Literal["Google Ads", "Meta Ads", "TikTok", "LinkedIn", "Mailchimp", "Twilio"]
Channel = Literal["search", "social", "video", "email", "sms"]
Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Rates:
    """Ranges a line item's own rates are drawn from."""

    cpm: Span
    """US dollars for a thousand impressions, e-mails or messages."""
    ctr: Span
    """Clicks for an impression."""
    cvr: Span
    """Conversions for a click."""
    frequency: Span
    """Impressions for a person reached in a day."""


MARKET: Mapping[tuple[Platform, Channel], Rates] = {
    ("Google Ads", "search"): Rates((22, 44), (0.032, 0.061), (0.030, 0.065), (1.1, 1.4)),
    ("Google Ads", "video"): Rates((8, 16), (0.005, 0.011), (0.006, 0.015), (1.3, 2.0)),
    ("Meta Ads", "social"): Rates((7, 13), (0.009, 0.018), (0.015, 0.036), (1.3, 2.2)),
    ("Meta Ads", "video"): Rates((6, 11), (0.006, 0.012), (0.009, 0.020), (1.3, 2.1)),
    ("TikTok", "social"): Rates((4, 9), (0.007, 0.013), (0.006, 0.016), (1.2, 1.9)),
    ("TikTok", "video"): Rates((4, 9), (0.007, 0.014), (0.006, 0.016), (1.2, 1.9)),
    ("LinkedIn", "social"): Rates((28, 50), (0.004, 0.008), (0.020, 0.055), (1.1, 1.6)),
    ("LinkedIn", "video"): Rates((24, 42), (0.003, 0.006), (0.012, 0.030), (1.1, 1.6)),
    ("Mailchimp", "email"): Rates((3, 6), (0.015, 0.034), (0.015, 0.040), (1.0, 1.1)),
    ("Twilio", "sms"): Rates((10, 45), (0.045, 0.095), (0.010, 0.028), (1.0, 1.1)),
}

COUNTRY_COST: Mapping[str, float] = {
    "Costa Rica": 0.70,
    "Mexico": 0.75,
    "Colombia": 0.60,
    "United States": 1.90,
    "Spain": 1.15,
}
"""Price level of media relative to the world's average, which stands for every other country."""

PER_DOLLAR: Mapping[str, float] = {"USD": 1, "EUR": 0.9, "MXN": 18, "COP": 4000, "CRC": 510}
"""Units of a billing currency for a US dollar, as an order of magnitude: prices follow it, budgets do not."""

WEEKDAYS: Mapping[Channel, tuple[int, int, int, int, int, int, int]] = {
    "search": (110, 112, 110, 106, 98, 82, 82),
    "social": (94, 95, 97, 99, 103, 108, 104),
    "video": (90, 91, 94, 97, 104, 113, 111),
    "email": (112, 125, 118, 116, 104, 62, 63),
    "sms": (98, 102, 104, 106, 116, 102, 72),
}
"""Share of a week's spend from Monday to Sunday; 100 is an even day."""
