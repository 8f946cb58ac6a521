"""MetricQuery: the only thing that is ever compiled to SQL."""

from datetime import date
from typing import Any, Literal, Self, cast, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from mcp_servers.analytics.domain.model import DimensionName, Grain, MetricName
from mcp_servers.analytics.domain.periods import Period, previous, year_before

GRAINS: tuple[Grain, ...] = get_args(Grain)
MAX_ROWS = 1000
Comparison = Literal["previous_period", "previous_year"]
Direction = Literal["asc", "desc"]
Operator = Literal["in", "not_in"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Filter(_Part):
    dimension: DimensionName
    op: Operator = "in"
    values: tuple[str, ...] = Field(
        min_length=1,
        max_length=200,
        description="Values that exist in the data, as list_dimensions gives them; a campaign by name or id.",
    )


class TimeRange(_Part):
    start: date | None = Field(default=None, description="First day, included; unset means from the first data on.")
    end: date | None = Field(default=None, description="Last day, included; unset means up to the last data.")
    grain: Grain | None = Field(default=None, description="Gives one row for each day, week (from Monday), month….")

    @field_validator("grain", mode="before")
    @classmethod
    def _day_is_date(cls, value: object) -> object:
        return "date" if value == "day" else value

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start and self.end and self.end < self.start:
            raise ValueError("end is before start: send start <= end")
        return self


class OrderBy(_Part):
    field: str = Field(
        description="A column of the result: a metric, dimension, grain, <metric>_previous or <metric>_change."
    )
    direction: Direction = "desc"


class MetricQuery(_Part):
    """Metrics of the semantic model, cut by dimensions and time. Nothing else can be asked of the data."""

    metrics: tuple[MetricName, ...] = Field(min_length=1, max_length=len(get_args(MetricName)))
    dimensions: tuple[DimensionName, ...] = ()
    filters: tuple[Filter, ...] = ()
    time: TimeRange = TimeRange()
    compare_to: Comparison | Period | None = None
    order_by: tuple[OrderBy, ...] = ()
    limit: int | None = Field(default=None, ge=1, le=MAX_ROWS)

    @model_validator(mode="before")
    @classmethod
    def _time_names_are_a_grain(cls, data: Any) -> Any:
        """Accept `month` among the dimensions: it is the grain."""
        if not isinstance(data, dict):
            return data
        fields = cast("dict[str, Any]", data)
        names = cast("list[Any]", list(fields.get("dimensions") or ()))
        grains = [name for name in names if name in GRAINS]
        if not grains:
            return fields
        if len(grains) > 1:
            raise ValueError(f"one time grain at a time, not {', '.join(grains)}")
        time: Any = fields.get("time") or {}
        settings = cast("dict[str, Any]", time.model_dump() if isinstance(time, TimeRange) else dict(time))
        if settings.get("grain") not in (None, grains[0]):
            raise ValueError(f"one time grain at a time, not {settings['grain']} and {grains[0]}")
        rest = [name for name in names if name not in GRAINS]
        return {**fields, "dimensions": rest, "time": {**settings, "grain": grains[0]}}

    @model_validator(mode="after")
    def _order_names_a_column(self) -> Self:
        for names in (self.metrics, self.dimensions):
            if len(set(names)) != len(names):
                raise ValueError("a metric or dimension is named twice")
        for order in self.order_by:
            if order.field not in self.columns:
                raise ValueError(f"order_by: no column {order.field!r}; there are {', '.join(self.columns)}")
        if self.compare_to and not (self.time.start and self.time.end):
            raise ValueError("compare_to needs time.start and time.end")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """Keys of the result's rows, in order."""
        keys = [self.time.grain] if self.time.grain else []
        return (*keys, *self.dimensions, *(name for metric in self.metrics for name in self.metric_columns(metric)))

    def metric_columns(self, metric: str) -> tuple[str, ...]:
        return (metric, f"{metric}_previous", f"{metric}_change") if self.compare_to else (metric,)

    @property
    def period(self) -> Period | None:
        """The period when both ends are set."""
        return Period(start=self.time.start, end=self.time.end) if self.time.start and self.time.end else None

    @property
    def compared_period(self) -> Period | None:
        """The period that `compare_to` names."""
        if self.period is None or self.compare_to is None:
            return None
        match self.compare_to:
            case "previous_period":
                return previous(self.period)
            case "previous_year":
                return year_before(self.period)
            case period:
                return period
