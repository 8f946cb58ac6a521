"""What the hub's REST API takes and gives. Money is a decimal string with its currency beside it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Currency = Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]
Amount = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)]
SourceStatus = Literal["ok", "mismatch", "unavailable", "failed"]


def _known_time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("must be an IANA time zone such as America/New_York") from error
    return value


TimeZone = Annotated[str, AfterValidator(_known_time_zone)]


class ProductBody(BaseModel):
    model_config = ConfigDict(extra="forbid", from_attributes=True)

    name: Name
    price: Amount | None = None
    currency: Currency | None = None
    description: Annotated[str, StringConstraints(max_length=2000)] = ""


class ClientBody(BaseModel):
    """A client company as it is registered; products that are left out stay as they are."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    industry: Annotated[str, StringConstraints(max_length=200)] = ""
    products: Annotated[list[ProductBody], Field(max_length=500)] = []
    audiences: Annotated[list[Name], Field(max_length=200)] = []
    markets: Annotated[list[Name], Field(max_length=200, description="English country names")] = []
    monthly_budget: Amount | None = None
    currency: Currency | None = None
    time_zone: TimeZone = "UTC"


class ClientView(ClientBody):
    name: str


class TenantBody(BaseModel):
    """What holds for a tenant as a whole."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    time_zone: TimeZone = "UTC"
    reporting_currency: Currency | None = Field(
        default=None, description="What amounts in other currencies are also reported in, where a rate is known."
    )


class RateBody(BaseModel):
    """Units of the reporting currency for one unit of a currency, from a day on until the next rate."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    date: date
    currency: Currency
    reporting_currency: Currency
    rate: Annotated[Decimal, Field(gt=0, max_digits=20, decimal_places=10)]

    @model_validator(mode="after")
    def _between_two(self) -> Self:
        if self.currency == self.reporting_currency:
            raise ValueError("a currency needs no rate into itself")
        return self


class RateBodies(BaseModel):
    model_config = ConfigDict(extra="forbid")

    rates: Annotated[list[RateBody], Field(min_length=1, max_length=10_000)]


class RateList(BaseModel):
    rates: list[RateBody]


class RatesLoaded(BaseModel):
    inserted: int
    updated: int
    unchanged: int


class ClientList(BaseModel):
    clients: list[ClientView]


class StrategyView(BaseModel):
    """What a version of a strategy plans. The conversation it came from is its owner's alone."""

    model_config = ConfigDict(from_attributes=True)

    strategy_id: str
    version: int
    client: str
    products: list[str]
    countries: list[str]
    objective: str
    goal_metric: str
    goal_value: Decimal
    budget: Decimal
    currency: str
    start_date: date
    end_date: date
    language: str
    created_at: datetime


class StrategyList(BaseModel):
    strategies: list[StrategyView]


class Difference(BaseModel):
    """A sum that is not the same in the source, in the hub's facts, and in the rollup made of them."""

    month: str = Field(description="The month, as 2026-11.")
    measure: str = Field(description="rows, or what was added up.")
    source: Decimal
    hub: Decimal
    rollup: Decimal | None = Field(default=None, description="None where there is no rollup.")


class Reconciliation(BaseModel):
    """The hub beside a source, by month: rows and sums, in one snapshot of the source."""

    months: int = Field(default=0, description="Months that were compared.")
    pending: list[str] = Field(default=[], description="Months not compared: rows of theirs are still in flux.")
    differences: list[Difference] = []


class SourceRun(BaseModel):
    """What one run brought from one source."""

    source: str
    status: SourceStatus
    rows_read: int = Field(default=0, description="Changed rows and keys of deleted ones.")
    rows_inserted: int = 0
    rows_updated: int = 0
    rows_deleted: int = 0
    rows_unchanged: int = Field(default=0, description="Read, but the hub had it already.")
    from_beginning: bool = Field(default=False, description="Whether all of the source was read, not its change.")
    seconds: float = 0
    rows_per_second: float | None = None
    lag_seconds: float | None = Field(default=None, description="Since the run before: how stale the hub could be.")
    reconciled: Reconciliation | None = Field(default=None, description="None when nothing was brought.")
    reason: str | None = None


class PipelineRun(BaseModel):
    run_id: str
    started_at: datetime
    finished_at: datetime
    seconds: float
    rows_read: int
    sources: list[SourceRun]


class SourceReconciliation(Reconciliation):
    source: str
    status: SourceStatus
    reason: str | None = None


class Reconciliations(BaseModel):
    """Everything the hub has, beside the sources. Nothing is written."""

    sources: list[SourceReconciliation]


class PipelineRuns(BaseModel):
    runs: list[PipelineRun]
