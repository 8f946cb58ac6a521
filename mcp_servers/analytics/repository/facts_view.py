"""The hub's view that metric queries read, and whether a model names only columns that it has."""

from collections.abc import Iterator

from sqlalchemy import BigInteger, Date, FromClause, Numeric, Text, column, table

from mcp_servers.analytics.domain.model import SemanticModel
from mcp_servers.analytics.domain.naming import hint
from mcp_servers.analytics.errors import InvalidModel

FactsView = FromClause
RATES = False
"""Whether the hub keeps amounts in the reporting currency too: `hub.facts_v2` and `hub.tenants.reporting_currency`."""

DIMENSIONS = ("client", "product", "campaign", "platform", "channel", "country", "region", "audience", "currency")
AMOUNTS = ("spend", "revenue")
COUNTS = ("impressions", "reach", "clicks", "conversions", "leads", "sales")
REPORTED = ("spend_reporting", "revenue_reporting")


def facts_view(*, rates: bool) -> FactsView:
    """`hub.facts_v2` with amounts in the reporting currency, or `hub.facts_v1` without."""
    amounts = (*AMOUNTS, *REPORTED) if rates else AMOUNTS
    return table(
        "facts_v2" if rates else "facts_v1",
        column("date", Date),
        *(column(name, Text) for name in ("tenant", "source", "campaign_id", *DIMENSIONS)),
        *(column(name, Numeric) for name in amounts),
        *(column(name, BigInteger) for name in COUNTS),
        schema="hub",
    ).alias("facts")


FACTS = facts_view(rates=RATES)


def refuse_unknown_columns(model: SemanticModel) -> None:
    """Raise InvalidModel where a measure or dimension is no column of the facts."""
    if found := list(_unknown(model)):
        raise InvalidModel(found)


def _unknown(model: SemanticModel) -> Iterator[str]:
    for name in model.dimensions:
        if name not in DIMENSIONS:
            yield f"dimensions.{name}: the hub's facts have no such column; {hint(name, DIMENSIONS)}"
    for name, measure in model.measures.items():
        if name not in (*AMOUNTS, *COUNTS):
            yield f"measures.{name}: the hub's facts have no such column; {hint(name, (*AMOUNTS, *COUNTS))}"
        if measure.reporting and measure.reporting not in REPORTED:
            column_hint = hint(measure.reporting, REPORTED)
            yield f"measures.{name}.reporting: the hub's facts have no column {measure.reporting!r}; {column_hint}"
