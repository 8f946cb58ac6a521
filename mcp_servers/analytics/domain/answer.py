"""What a question or a query is answered with: rows, or the reason why there are none."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from mcp_servers.analytics.domain.model import Additivity, Language, MetricName
from mcp_servers.analytics.domain.query import MetricQuery

Cell = str | int | float | None
Row = dict[str, Cell]
Status = Literal["answered", "needs_clarification", "unsupported"]
InterpreterName = Literal["embedded", "llm"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Column(_Part):
    name: str = Field(description="Key in every row.")
    kind: Literal["time", "dimension", "metric", "previous", "change", "share"]
    label: str
    unit: Literal["money", "count", "people", "ratio", "percent", "fraction"] | None = Field(
        default=None, description="percent and fraction are fractions of 1 in the rows: 0.25 is 25 %."
    )
    currency: str | None = Field(default=None, description="ISO 4217, where all amounts of the column share one.")
    converted: bool = Field(
        default=False, description="Amounts in several currencies were converted to `currency`, each at its day's rate."
    )
    additivity: Additivity | None = Field(
        default=None,
        description="Of a metric. Rows of an additive one add up; overlapping ones add up and may count a person more"
        " than once; ratios do not add up.",
    )


class Clarification(_Part):
    question: str
    options: tuple[str, ...]


class AnalyticsAnswer(_Part):
    """Rows with the sentence, query and SQL they come from; or a clarification to give; or a reason.

    In rows, counts are integers, spend and revenue are rounded to cents, ratios (also costs per click, lead…) to six
    decimals, a division by zero is null, and a unit of time is its first day. Values of one name that are different
    things are told apart: campaigns by id, regions by country.
    """

    status: Status
    answer: str | None = Field(default=None, description="One sentence with the figures, units and period.")
    language: Language
    query: MetricQuery | None = None
    columns: tuple[Column, ...] = ()
    rows: tuple[Row, ...] = ()
    without_data: tuple[MetricName, ...] = Field(
        default=(), description="Metrics that have no data in this period: their cells are null, and `answer` says so."
    )
    truncated: bool = Field(
        default=False,
        description="There are more rows than an answer can hold; those that a `limit` leaves out do not count.",
    )
    sql: str | None = Field(default=None, description="What was run; values are bound, never part of the text.")
    definitions: dict[str, str] = Field(default_factory=dict, description="What each metric of the query means.")
    model_version: int | None = Field(default=None, description="Of the semantic model that the figures follow.")
    metric_versions: dict[str, int] = Field(
        default_factory=dict, description="Of each metric of the query; raised when its number means something else."
    )
    data_as_of: datetime | None = Field(default=None, description="When the hub last looked for new data (UTC).")
    interpreter: InterpreterName | None = Field(
        default=None, description="What read the question: the embedded parser or a language model; null for a query."
    )
    cached: bool = Field(default=False, description="Computed before, from data that has not changed since.")
    chart: dict[str, Any] | None = Field(default=None, description="A Vega-Lite specification of the rows.")
    clarification: Clarification | None = None
    reason: str | None = Field(default=None, description="Why it cannot be answered.")
