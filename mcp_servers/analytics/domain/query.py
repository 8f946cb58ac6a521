"""MetricQuery: the only thing that is ever compiled to SQL."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, Self, cast, get_args

from pydantic import BaseModel, Field, field_validator, model_validator

from mcp_servers.analytics.domain.model import DimensionName, Grain, MetricName
from mcp_servers.analytics.domain.periods import Period, previous, year_before

GRAINS: tuple[Grain, ...] = get_args(Grain)
MAX_ROWS = 1000
MAX_FILTERS = 50
MAX_VALUES = 200
Comparison = Literal["previous_period", "previous_year"]
Direction = Literal["asc", "desc"]
Operator = Literal["in", "not_in"]


class _Part(BaseModel, frozen=True, extra="forbid"):
    """A part of a query: immutable, and nothing beside its fields."""


class Filter(_Part, frozen=True):
    dimension: DimensionName
    op: Operator = "in"
    values: tuple[str, ...] = Field(
        min_length=1,
        max_length=MAX_VALUES,
        description="Values that exist in the data, as list_dimensions gives them; a campaign by name or id.",
    )


class TimeRange(_Part, frozen=True):
    start: date | None = Field(default=None, description="First day, included; unset means from the first data on.")
    end: date | None = Field(default=None, description="Last day, included; unset means up to the last data.")
    grain: Grain | None = Field(
        default=None, description="Gives one row for each day, week (from the model's week_start on), month…."
    )

    @field_validator("grain", mode="before")
    @classmethod
    def _day_is_date(cls, value: object) -> object:
        return "date" if value == "day" else value

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start and self.end and self.end < self.start:
            raise ValueError("end is before start: send start <= end")
        return self


class OrderBy(_Part, frozen=True):
    field: str = Field(
        description="A column of the result: a metric, dimension, grain, <metric>_previous, <metric>_change or"
        " <metric>_share."
    )
    direction: Direction = "desc"


class MetricQuery(_Part, frozen=True):
    """Metrics of the semantic model, cut by dimensions and time. Nothing else can be asked of the data."""

    metrics: tuple[MetricName, ...] = Field(min_length=1, max_length=50)
    dimensions: tuple[DimensionName, ...] = Field(default=(), max_length=50)
    filters: tuple[Filter, ...] = Field(default=(), max_length=MAX_FILTERS)
    time: TimeRange = TimeRange()
    compare_to: Comparison | Period | None = None
    order_by: tuple[OrderBy, ...] = Field(default=(), max_length=10)
    limit: int | None = Field(default=None, ge=1, le=MAX_ROWS, description="With order_by, equals of the last stay.")
    share_of_total: bool = Field(
        default=False,
        description="Adds <metric>_share: the fraction of the total of all rows, limit or not; of its unit of time"
        " where there is a grain beside dimensions. Only for metrics that add up.",
    )

    @model_validator(mode="before")
    @classmethod
    def _time_names_are_a_grain(cls, data: Any) -> Any:
        """Accept `month` among the dimensions: it is the grain."""
        if not isinstance(data, Mapping):
            return data
        fields = dict(cast("Mapping[str, Any]", data))
        named: object = fields.get("dimensions")
        time: object = fields.get("time") or {}
        if not isinstance(named, list | tuple) or not isinstance(time, Mapping | TimeRange):
            return fields
        names = [("date" if name == "day" else name) for name in cast("list[Any]", named)]
        grains = [name for name in names if name in GRAINS]
        if not grains:
            return fields
        if len(grains) > 1:
            raise ValueError(f"dimensions: one time grain at a time, not {', '.join(grains)}")
        settings = time.model_dump() if isinstance(time, TimeRange) else dict(cast("Mapping[str, Any]", time))
        if settings.get("grain") not in (None, grains[0]):
            raise ValueError(f"dimensions: one time grain at a time, not {settings['grain']} and {grains[0]}")
        rest = [name for name in names if name not in GRAINS]
        return {**fields, "dimensions": rest, "time": {**settings, "grain": grains[0]}}

    @model_validator(mode="after")
    def _parts_agree(self) -> Self:
        ordered = [order.field for order in self.order_by]
        for field, names in (("metrics", self.metrics), ("dimensions", self.dimensions), ("order_by", ordered)):
            if twice := next((name for name in names if list(names).count(name) > 1), None):
                raise ValueError(f"{field}: {twice!r} is named twice")
        for n, name in enumerate(ordered):
            if name not in self.columns:
                raise ValueError(f"order_by.{n}.field: no column {name!r}; there are {', '.join(self.columns)}")
        self._check_comparison()
        return self

    def _check_comparison(self) -> None:
        if not self.compare_to:
            return
        if not (self.time.start and self.time.end):
            raise ValueError("compare_to: a comparison needs time.start and time.end")
        try:
            _ = self.compared_period
        except (ValueError, OverflowError) as error:
            raise ValueError(f"compare_to: the calendar has no such period before {self.time.start}") from error

    @property
    def columns(self) -> tuple[str, ...]:
        """Keys of the result's rows, in order."""
        return (*self.keys, *(name for metric in self.metrics for name in self.metric_columns(metric)))

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that say which row it is: the grain, then the dimensions."""
        return (*((self.time.grain,) if self.time.grain else ()), *self.dimensions)

    def metric_columns(self, metric: str) -> tuple[str, ...]:
        """The columns a metric gives."""
        compared = (f"{metric}_previous", f"{metric}_change") if self.compare_to else ()
        shared = (f"{metric}_share",) if self.share_of_total else ()
        previously = (f"{metric}_share_previous",) if shared and compared else ()
        return (metric, *compared, *shared, *previously)

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
