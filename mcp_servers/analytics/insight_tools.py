"""The MCP tools that conclude something: rankings, anomalies, forecasts, explanations. They parse and call, no more."""

from typing import Annotated

from pydantic import Field

from kernel.mcp import ContextServer
from mcp_servers.analytics.domain.model import DimensionName, Language, MetricName, SemanticModel
from mcp_servers.analytics.domain.naming import check_metric
from mcp_servers.analytics.domain.periods import Period
from mcp_servers.analytics.domain.query import Comparison, Filter
from mcp_servers.analytics.insights import Figures
from mcp_servers.analytics.insights.answers import (
    AnomalyReport,
    CampaignRanking,
    Explanation,
    MetricForecast,
    RankDirection,
    Sensitivity,
)
from mcp_servers.analytics.insights.detect import AnomalyDetector
from mcp_servers.analytics.insights.explain import MetricExplainer
from mcp_servers.analytics.insights.forecast import MetricForecaster
from mcp_servers.analytics.insights.rank import CampaignRanker
from mcp_servers.analytics.schemas import dimension_names, metric_names

Listed = Annotated[int, Field(ge=1, le=100)]


def register_insight_tools(server: ContextServer, figures: Figures, *, forecast_seconds: float) -> None:
    """Everything analytics concludes for a model."""
    _register_explain(server, MetricExplainer(figures), figures.model)
    _register_rank(server, CampaignRanker(figures), figures.model)
    _register_detect(server, AnomalyDetector(figures), figures.model)
    _register_forecast(server, MetricForecaster(figures, seconds=forecast_seconds), figures.model)


def _register_explain(server: ContextServer, explainer: MetricExplainer, model: SemanticModel) -> None:
    @server.expose("analytics:read", effect="read", title="Explain a metric")
    async def explain_metric(
        metric: Annotated[MetricName, metric_names(model)],
        period: Annotated[Period | None, Field(description="Adds the figures the metric is computed from.")] = None,
        compare_to: Annotated[
            Comparison | Period | None, Field(description="Explains the change from there; needs period.")
        ] = None,
        dimension: Annotated[
            DimensionName | None, Field(description="By whose values the change is taken apart; needs compare_to.")
        ] = None,
        filters: tuple[Annotated[Filter, dimension_names(model, field="dimension")], ...] = (),
        limit: Annotated[Listed, Field(description="Contributions listed; the others are summed up as one.")] = 10,
        language: Language = "en",
    ) -> Explanation:
        """What a metric means, how a figure of it comes about, and why it changed.

        Use it before explaining a figure to a person, and for "why did X go up or down". With a comparison and a
        dimension the change is taken apart exactly: contributions sum to it, and for ratios each is split into what
        the value's own ratio did (rate) and what its weight did (mix). Read `status` first. Percentages are fractions
        of 1, money is in `currency`. Errors: a field that needs another (it is named); the database takes too long.
        """
        check_metric(model, metric)
        caller = await server.caller()
        return await explainer.explain(
            caller.tenant,
            metric,
            period=period,
            compare_to=compare_to,
            dimension=dimension,
            filters=filters,
            limit=limit,
            language=language,
        )


def _register_rank(server: ContextServer, ranker: CampaignRanker, model: SemanticModel) -> None:
    @server.expose("analytics:read", effect="read", title="Rank campaigns")
    async def rank_campaigns(
        metric: Annotated[MetricName, metric_names(model)],
        period: Period,
        filters: tuple[Annotated[Filter, dimension_names(model, field="dimension")], ...] = (),
        limit: Listed = 10,
        direction: Annotated[
            RankDirection, Field(description="Which come first, by what is good in the metric.")
        ] = "best",
        language: Language = "en",
    ) -> CampaignRanking:
        """Rank campaigns by a metric so that chance cannot win: a campaign with 3 clicks does not lead.

        Use it for "which campaigns do best", instead of sorting query_metrics by a ratio. Each campaign has the plain
        figure, the figure shrunk towards the others, a 90 % interval and its probability of being truly first; those
        with too little data are listed apart. Say when the first is not apart from the next. Spend counts as better
        when higher. Read `status` first. Errors: a filter that contradicts itself; the database takes too long.
        """
        check_metric(model, metric)
        caller = await server.caller()
        return await ranker.rank(
            caller.tenant, metric, period, filters=filters, limit=limit, direction=direction, language=language
        )


def _register_detect(server: ContextServer, detector: AnomalyDetector, model: SemanticModel) -> None:
    @server.expose("analytics:read", effect="read", title="Detect anomalies")
    async def detect_anomalies(
        metric: Annotated[MetricName, metric_names(model)],
        period: Period,
        dimensions: Annotated[
            tuple[Annotated[DimensionName, dimension_names(model)], ...],
            Field(max_length=2, description="Gives a series for each value, of the 30 largest; else one for all."),
        ] = (),
        filters: tuple[Annotated[Filter, dimension_names(model, field="dimension")], ...] = (),
        sensitivity: Annotated[
            Sensitivity, Field(description="medium: about one false alarm in 200 usual days of a series.")
        ] = "medium",
        language: Language = "en",
    ) -> AnomalyReport:
        """Find days of a metric that stand out from its own weekly rhythm, and lasting changes of its level.

        Use it for "did anything odd happen", and before explaining a week's figures. Each day has what was expected,
        the usual range, a score, whether it is good or bad, and the campaigns, platforms and countries that drove it.
        Days without ad data are missing, not zero; today is left out. A series needs 28 days with data in the period
        and the eight weeks before. Read `status` first. Errors: more than 2 dimensions; the database takes too long.
        """
        check_metric(model, metric)
        caller = await server.caller()
        return await detector.detect(
            caller.tenant,
            metric,
            period,
            dimensions=dimensions,
            filters=filters,
            sensitivity=sensitivity,
            language=language,
        )


def _register_forecast(server: ContextServer, forecaster: MetricForecaster, model: SemanticModel) -> None:
    @server.expose("analytics:read", effect="read", title="Forecast a metric", shown=True)
    async def forecast_metric(
        metric: Annotated[MetricName, metric_names(model)],
        horizon_days: Annotated[int, Field(ge=1, le=90, description="Days from the last whole day of data on.")] = 28,
        filters: tuple[Annotated[Filter, dimension_names(model, field="dimension")], ...] = (),
        intervals: Annotated[
            tuple[Annotated[int, Field(ge=50, le=99)], ...],
            Field(min_length=1, max_length=3, description="Probabilities of the intervals, in percent."),
        ] = (80, 95),
        language: Language = "en",
    ) -> MetricForecast:
        """Forecast a metric day by day with intervals, and say how good such forecasts were on days already known.

        Use it for "how much will we spend or sell". The model is chosen by how it did on past days hidden from it;
        `back_test` has the error (MASE below 1 beats repeating last week) and how many days the intervals held. The
        total has its own interval: never add up the days'. It knows no plans, holidays or budgets to come: say so.
        Declines with too little history (6 weeks, or twice the horizon), saying what it needs. Read `status` first.
        Errors: a forecast or the database takes too long.
        """
        check_metric(model, metric)
        caller = await server.caller()
        return await forecaster.forecast(
            caller.tenant, metric, horizon_days, filters=filters, levels=intervals, language=language
        )
