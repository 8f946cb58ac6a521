"""The model and vocabulary that ship, over a small world of values."""

from datetime import UTC, date, datetime

import pytest

from mcp_servers.analytics.domain.catalogue import Catalogue, Facts, SourceData, Value
from mcp_servers.analytics.domain.model import DimensionName, SemanticModel
from mcp_servers.analytics.domain.reading import Lexicon
from mcp_servers.analytics.server import load_lexicon

AS_OF = date(2026, 11, 22)  # a Sunday
NAMES: dict[DimensionName, tuple[str, ...]] = {
    "client": ("Café Britt", "Acme"),
    "product": ("Cold Brew", "Running Shoes"),
    "platform": ("Google Ads", "Meta Ads", "TikTok", "LinkedIn", "Mailchimp"),
    "channel": ("search", "social", "video", "email", "sms"),
    "country": ("Costa Rica", "Mexico", "Colombia", "United States", "Spain"),
    "region": ("San José", "California", "Madrid", "Mexico"),
    "audience": ("Women 25-34", "Young Professionals"),
    "currency": ("USD",),
}
CAMPAIGNS = (
    ("cmp_1", "Black Friday 2026"),
    ("C-002", "Spring Launch"),
    ("cmp_3", "May"),
    ("cmp_4", "Ventas Octubre"),
    ("cmp_5", "Twins"),
    ("cmp_6", "Twins"),
)
SOURCES = ("ads.metrics", "crm.leads", "crm.sales")


def facts(first: date = date(2025, 9, 1), last: date = AS_OF) -> Facts:
    """What a hub holds that every source has filled between two days."""
    values = [Value(dimension, name) for dimension, names in NAMES.items() for name in names]
    values += [Value("campaign", name, key) for key, name in CAMPAIGNS]
    run_at = datetime(2026, 11, 22, 9, tzinfo=UTC)
    sources = {source: SourceData(source, 1_000, first, last, run_at) for source in SOURCES}
    return Facts(1, "UTC", tuple(values), sources)


@pytest.fixture(scope="session")
def lexicon() -> Lexicon:
    return load_lexicon()


@pytest.fixture(scope="session")
def model(lexicon: Lexicon) -> SemanticModel:
    return lexicon.model


@pytest.fixture(scope="session")
def catalogue(model: SemanticModel) -> Catalogue:
    return Catalogue(model, facts())
