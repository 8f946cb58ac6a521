"""The hub's views that metric queries read, and whether a model names only columns that it has."""

from collections.abc import Iterator
from functools import cache

from sqlalchemy import BigInteger, Date, FromClause, Numeric, Text, column, table

from mcp_servers.analytics.domain.model import SemanticModel
from mcp_servers.analytics.domain.naming import hint
from mcp_servers.analytics.errors import InvalidModel
from mcp_servers.analytics.repository.relations import Relation

FactsView = FromClause

DIMENSIONS = ("client", "product", "campaign", "platform", "channel", "country", "region", "audience", "currency")
AMOUNTS = ("spend", "revenue")
COUNTS = ("impressions", "reach", "clicks", "conversions", "leads", "sales")
REPORTED = ("spend_reporting", "revenue_reporting")


@cache
def facts_view(relation: Relation) -> FactsView:
    """One of the hub's views of facts, where a row adds up `rows` facts. A rollup lacks the names it leaves out."""
    return table(
        relation,
        column("date", Date),
        *(column(name, Text) for name in ("tenant", "source", "campaign_id", *DIMENSIONS)),
        *(column(name, Numeric) for name in (*AMOUNTS, *REPORTED)),
        *(column(name, BigInteger) for name in ("rows", *COUNTS)),
        schema="hub",
    ).alias("facts")


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
