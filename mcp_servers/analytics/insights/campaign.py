"""One campaign at a glance: what it is, when it last had data, and what it brought in its life and lately."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction

from pydantic import Field

from mcp_servers.analytics.domain.checks import checked
from mcp_servers.analytics.domain.model import DimensionName, MetricName
from mcp_servers.analytics.domain.periods import Period
from mcp_servers.analytics.domain.query import Filter, MetricQuery
from mcp_servers.analytics.domain.shapes import shape
from mcp_servers.analytics.errors import CampaignNotFound, Unanswered
from mcp_servers.analytics.insights.answers import Part
from mcp_servers.analytics.insights.figures import Basis, Figures, Found, Row, data_as_of

RECENT_DAYS = 30
ATTRIBUTES: tuple[DimensionName, ...] = ("client", "product", "platform", "channel", "audience", "country", "currency")


class PeriodTotals(Part):
    period: Period
    metrics: dict[MetricName, float | None] = Field(
        description="null where it would divide by zero, and for money in several currencies."
    )


class CampaignCard(Part):
    campaign_id: str
    name: str
    attributes: dict[DimensionName, tuple[str, ...]] = Field(description="The values its facts have, by dimension.")
    currency: str | None = Field(description="Of its money, where all is in one.")
    first_data_day: date | None
    last_data_day: date | None
    lifetime: PeriodTotals | None
    last_30_days: PeriodTotals | None = Field(description="The 30 days up to its last day with data.")
    data_as_of: datetime | None


class CampaignCards:
    """Reads campaigns of a tenant."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    async def card(self, tenant: str, campaign_id: str) -> CampaignCard:
        """Raises CampaignNotFound."""
        catalogue = await self._figures.catalogue(tenant)
        found = next((value for value in catalogue.of("campaign") if value.id == campaign_id), None)
        if found is None:
            raise CampaignNotFound(
                f"There is no campaign with the id {campaign_id!r}.",
                field="campaign_id",
                fix="list_dimensions gives the ids that exist.",
            )
        basis = await self._basis(tenant, campaign_id)
        days = await self._figures.facts_by(basis, grain="date") if basis else Found((), None)
        cut = await self._figures.facts_by(basis, ATTRIBUTES) if basis else Found((), None)
        seen = [row["date"] for row in days.rows]
        life = Period(start=min(seen), end=max(seen)) if seen else None
        recent = life and Period(start=max(life.start, life.end - timedelta(days=RECENT_DAYS - 1)), end=life.end)
        currencies = _values(cut.rows, "currency")
        return CampaignCard(
            campaign_id=campaign_id,
            name=found.name,
            attributes={name: _values(cut.rows, name) for name in ATTRIBUTES if name != "currency"},
            currency=currencies[0] if len(currencies) == 1 else None,
            first_data_day=life and life.start,
            last_data_day=life and life.end,
            lifetime=life and self._totals(days.rows, life, currencies),
            last_30_days=recent and self._totals(days.rows, recent, currencies),
            data_as_of=data_as_of(catalogue),
        )

    async def _basis(self, tenant: str, campaign_id: str) -> Basis | None:
        """All of the campaign's facts; none where the hub has no data of any kind yet."""
        catalogue = await self._figures.catalogue(tenant)
        metrics = tuple(self._figures.every_measure())
        query = MetricQuery(metrics=metrics, filters=(Filter(dimension="campaign", values=(campaign_id,)),))
        try:
            exact = checked(query, catalogue, "en").query
        except Unanswered:
            return None
        return Basis(tenant, metrics[0], catalogue, exact, "en", date.max)

    def _totals(self, rows: Sequence[Row], period: Period, currencies: Sequence[str]) -> PeriodTotals:
        model = self._figures.model
        inside = [row for row in rows if period.start <= row["date"] <= period.end]
        sums: Mapping[str, Fraction] = {
            name: sum((Fraction(str(row[name] or 0)) for row in inside), Fraction(0))
            for name in self._figures.every_measure()
        }
        metrics: dict[MetricName, float | None] = {}
        for name, metric in model.metrics.items():
            value = shape(metric).value(lambda measure: sums[measure])
            known = value is not None and not (model.money_measures(name) and len(currencies) > 1)
            metrics[name] = round(float(value), 6) if value is not None and known else None
        return PeriodTotals(period=period, metrics=metrics)


def _values(rows: Sequence[Row], name: DimensionName) -> tuple[str, ...]:
    return tuple(sorted({row[name] for row in rows if row[name]}))
