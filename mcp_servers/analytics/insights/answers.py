"""What the concluding tools answer: figures, how sure they are, and one sentence that says it."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from mcp_servers.analytics.domain.answer import Clarification, Status
from mcp_servers.analytics.domain.model import DimensionName, Language, MetricName, Unit
from mcp_servers.analytics.domain.periods import Period
from mcp_servers.analytics.domain.query import Filter

Verdict = Literal["good", "bad", "neutral", "unchanged"]
Sensitivity = Literal["low", "medium", "high"]
RankDirection = Literal["best", "worst"]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Conclusion(Part):
    """What every conclusion says. Only `answered` has figures; else `reason` or `clarification` say why not."""

    status: Status = "answered"
    answer: str | None = Field(default=None, description="The conclusion in a sentence or two, with units and period.")
    language: Language
    metric: MetricName
    label: str = Field(description="The metric's name in the language.")
    unit: Unit = Field(description="percent is a fraction of 1: 0.25 is 25 %.")
    currency: str | None = Field(default=None, description="ISO 4217, where the figures are money.")
    period: Period | None = None
    filters: tuple[Filter, ...] = ()
    method: str | None = Field(default=None, description="How it was computed, for who wants to judge it.")
    data_as_of: datetime | None = Field(default=None, description="When the hub last looked for new data (UTC).")
    clarification: Clarification | None = None
    reason: str | None = Field(default=None, description="Why there is no conclusion, and what it would need.")


class Interval(Part):
    low: float
    high: float


class MeasureValue(Part):
    """A measure of the formula, summed over the period."""

    name: str
    label: str
    value: float
    previous: float | None = None
    source: str = Field(description="Where the hub has it from.")


class Contribution(Part):
    """What one value of the dimension adds to the change. Contributions of all values sum to the change."""

    value: str | None = Field(description="null is what no value of the dimension is known of.")
    id: str | None = Field(default=None, description="A campaign's id.")
    before: float | None = Field(description="The metric of this value alone; null where it would divide by zero.")
    after: float | None
    contribution: float
    share_of_change: float | None = Field(description="A fraction of the whole change; negative works against it.")
    rate: float | None = Field(default=None, description="Of a ratio: the part due to its own ratio changing.")
    mix: float | None = Field(default=None, description="Of a ratio: the part due to its weight changing.")


class Explained(Part):
    """The change of a metric between two periods and what it is made of."""

    compared_period: Period
    before: float | None
    after: float | None
    change: float | None = Field(description="after - before, in the metric's unit.")
    change_fraction: float | None
    verdict: Verdict = Field(description="By the metric's good direction.")
    dimension: DimensionName | None = None
    contributions: tuple[Contribution, ...] = Field(default=(), description="Largest first.")
    others: Contribution | None = Field(default=None, description="All the values that are not listed, together.")


class Explanation(Conclusion):
    """A metric: what it means and, for a period, how its figure comes about and why it changed."""

    definition: str
    formula: str
    model_version: int
    metric_version: int
    better: Literal["up", "down", "neutral"] = Field(description="Which direction is good.")
    additivity: Literal["additive", "overlapping", "ratio"]
    additivity_note: str
    sources: tuple[str, ...]
    synonyms: tuple[str, ...]
    dimensions: tuple[DimensionName, ...]
    value: float | None = None
    measures: tuple[MeasureValue, ...] = ()
    computation: str | None = Field(default=None, description="The formula with its figures filled in.")
    change: Explained | None = None


class RankedCampaign(Part):
    rank: int | None = Field(description="null where there is too little data to rank it.")
    campaign: str
    campaign_id: str
    estimate: float | None = Field(description="The plain figure; null where it would divide by zero.")
    shrunk: float = Field(description="The figure drawn towards those of the other campaigns: the less data, the more.")
    interval: Interval = Field(description="Where the true figure lies with 90 % probability.")
    evidence: float = Field(description="What the metric divides by; of a total, the total itself.")
    days: int = Field(description="Days with data.")
    probability_first: float = Field(description="That its true figure is the best of all that are ranked.")
    apart_from_first: bool = Field(description="Whether it is behind the first with 95 % probability or more.")
    verdict: Literal["ranked", "too_little_data"]


class CampaignRanking(Conclusion):
    """Campaigns by what their figure is at least worth, best first."""

    direction: RankDirection = Field(default="best", description="Which come first.")
    evidence_label: str | None = None
    typical: float | None = Field(default=None, description="The figure that campaigns with little data are drawn to.")
    campaigns: tuple[RankedCampaign, ...] = ()
    too_little_data: tuple[RankedCampaign, ...] = ()
    campaigns_ranked: int = 0
    campaigns_with_too_little_data: int = 0


class Driver(Part):
    dimension: DimensionName
    value: str | None
    usual: float
    actual: float
    contribution: float = Field(description="Its part of the deviation, in the metric's unit.")


class Anomaly(Part):
    day: date
    group: dict[str, str | None] = Field(default_factory=dict, description="Of which series, where there are several.")
    value: float
    expected: float
    interval: Interval = Field(description="What would have been usual.")
    score: float = Field(description="Robust standard deviations from what was expected.")
    direction: Literal["above", "below"]
    verdict: Verdict = Field(description="By the metric's good direction.")
    drivers: tuple[Driver, ...] = ()


class LevelShift(Part):
    day: date = Field(description="The first day of the new level.")
    group: dict[str, str | None] = Field(default_factory=dict)
    before: float = Field(description="Typical day in the weeks before.")
    after: float
    change_fraction: float | None
    score: float
    direction: Literal["up", "down"]
    verdict: Verdict


class AnomalyReport(Conclusion):
    """Days that stand out from the metric's own rhythm, and lasting changes of level."""

    sensitivity: Sensitivity = "medium"
    anomalies: tuple[Anomaly, ...] = Field(default=(), description="Highest scores first.")
    level_shifts: tuple[LevelShift, ...] = ()
    days_checked: int = 0
    series_checked: int = 0
    series_with_too_little_history: int = 0
    history_from: date | None = None
    missing_days: tuple[date, ...] = Field(default=(), description="Days for which the source has no rows at all.")


class ForecastDay(Part):
    day: date
    value: float
    intervals: dict[str, Interval] = Field(description="By probability in percent, such as 80.")


class BackTest(Part):
    """How the same models did on days that were hidden from them."""

    origins: int = Field(description="How many times they forecast from a past day.")
    days: int = Field(description="How many hidden days they forecast in all.")
    mase: float | None = Field(description="Mean absolute error over that of repeating last week; below 1 is better.")
    smape: float | None = Field(description="Symmetric mean absolute percentage error, a fraction from 0 to 2.")
    coverage: dict[str, float] = Field(description="Share of hidden days inside each interval.")


class MetricForecast(Conclusion):
    """The metric day by day over the horizon, with intervals, and how good such forecasts were in the past."""

    horizon: Period | None = None
    points: tuple[ForecastDay, ...] = ()
    total: float | None = Field(default=None, description="Over the horizon; a ratio of totals for ratios.")
    total_intervals: dict[str, Interval] = Field(
        default_factory=dict, description="Of the total itself: narrower than the sum of the days' intervals."
    )
    history: Period | None = None
    models: dict[str, str] = Field(default_factory=dict, description="The model chosen for each measure.")
    back_test: BackTest | None = None
    filled_days: int = Field(default=0, description="Days of the history without data, filled in.")
