"""The MCP tools of analytics: parse, call the service, return a schema."""

from datetime import date
from typing import Annotated

from pydantic import Field, ValidationError

from kernel.mcp import ContextServer
from mcp_servers.analytics.domain.answer import AnalyticsAnswer
from mcp_servers.analytics.domain.model import DimensionName, Language, MetricName, SemanticModel
from mcp_servers.analytics.domain.naming import check_names, check_values
from mcp_servers.analytics.domain.periods import Period
from mcp_servers.analytics.domain.query import (
    GRAINS,
    MAX_FILTERS,
    MAX_ROWS,
    Comparison,
    Filter,
    MetricQuery,
    OrderBy,
    TimeRange,
)
from mcp_servers.analytics.errors import InvalidQuery
from mcp_servers.analytics.schemas import DimensionList, Freshness, MetricList, dimension_names, metric_names
from mcp_servers.analytics.service import AnalyticsService

Question = Annotated[str, Field(min_length=1, max_length=500, description="One question, in English or Spanish.")]
Limit = Annotated[int, Field(ge=1, le=MAX_ROWS)]


def register_tools(server: ContextServer, service: AnalyticsService, model: SemanticModel) -> None:
    """Everything analytics offers a model."""
    _register_ask(server, service)
    _register_query(server, service, model)
    _register_descriptions(server, service, model)


def _register_ask(server: ContextServer, service: AnalyticsService) -> None:
    @server.expose("analytics:read", effect="read", title="Ask a question", shown=True)
    async def ask(
        question: Question,
        as_of: Annotated[date | None, Field(description="The day `last month` and the like count from.")] = None,
        language: Annotated[Language | None, Field(description="Of the answer; unset means the question's.")] = None,
    ) -> AnalyticsAnswer:
        """Answer a question about campaign performance, spend, reach, leads and sales, from the governed metrics.

        Use it for a person's question as they put it: metrics by client, product, campaign, platform, channel, country,
        region or audience, over any period, ranked or compared. Read `status` first: only `answered` has rows;
        `needs_clarification` has options to put to the person; `unsupported` says why, and nothing was guessed.
        Money is in the currency of the column, percentages are fractions of 1. Periods are calendar periods; as_of
        defaults to today in the tenant's time zone. Errors: the database takes too long (ask for less).
        """
        caller = await server.caller()
        return await service.ask(caller.tenant, question, as_of=as_of, language=language)


def _register_query(server: ContextServer, service: AnalyticsService, model: SemanticModel) -> None:
    @server.expose("analytics:read", effect="read", title="Query metrics", shown=True)
    async def query_metrics(
        metrics: Annotated[tuple[Annotated[MetricName, metric_names(model)], ...], Field(min_length=1)],
        dimensions: Annotated[
            tuple[Annotated[DimensionName, dimension_names(model, GRAINS)], ...],
            Field(description="What to cut by."),
        ] = (),
        filters: Annotated[
            tuple[Annotated[Filter, dimension_names(model, field="dimension")], ...], Field(max_length=MAX_FILTERS)
        ] = (),
        time: TimeRange | None = None,
        compare_to: Annotated[
            Comparison | Period | None, Field(description="Adds <metric>_previous and <metric>_change (a fraction).")
        ] = None,
        order_by: tuple[OrderBy, ...] = (),
        limit: Limit | None = None,
        share_of_total: Annotated[
            bool, Field(description="Adds <metric>_share: the fraction of the total of all rows, limit or not.")
        ] = False,
        language: Language = "en",
    ) -> AnalyticsAnswer:
        """Compute metrics of the semantic model: exact, for programs and for models that know what they want.

        Names come from list_metrics, values from list_dimensions. Both ends of `time` are included; without it all
        data counts. One grain of time at most, in `time` or among the dimensions. A ranking (`order_by` with `limit`)
        keeps the rows that equal its last, and leaves out rows without a name. With a grain beside dimensions, a share
        is of its unit of time. Amounts in several currencies are converted to the tenant's reporting currency, and
        declined without one: filter by one or add `currency` to dimensions. Values that do not exist are declined,
        never replaced; a region that lies in several countries is asked about, unless its country is filtered or cut
        by.
        Errors: a name that the model does not have (near ones are suggested); a field that contradicts another (it is
        named); the database takes too long.
        """
        caller = await server.caller()
        filtered = [item.dimension for item in filters]
        check_names(model, metrics=metrics, dimensions=dimensions, filtered=filtered, grains=(*GRAINS, "day"))
        check_values([item.values for item in filters])
        fields = {
            "metrics": metrics,
            "dimensions": dimensions,
            "filters": filters,
            "time": time or TimeRange(),
            "compare_to": compare_to,
            "order_by": order_by,
            "limit": limit,
            "share_of_total": share_of_total,
        }
        try:
            query = MetricQuery.model_validate(fields)
        except ValidationError as error:
            raise InvalidQuery(error) from error
        return await service.query(caller.tenant, query, language)


def _register_descriptions(server: ContextServer, service: AnalyticsService, model: SemanticModel) -> None:
    @server.expose("analytics:read", effect="read", title="List metrics")
    async def list_metrics(language: Language = "en") -> MetricList:
        """Every metric with its definition, formula, unit, good direction and synonyms. The same for every tenant."""
        return MetricList.of(model, language)

    @server.expose("analytics:read", effect="read", title="List dimensions")
    async def list_dimensions(
        language: Language = "en",
        values_limit: Annotated[int, Field(ge=0, le=500, description="Values shown of each dimension.")] = 50,
    ) -> DimensionList:
        """Every dimension with the values that exist in the data, and the grains of time.

        Use it before query_metrics to write filter values as the data writes them.
        """
        caller = await server.caller()
        return DimensionList.of(await service.catalogue(caller.tenant), language, values_limit)

    @server.expose("analytics:read", effect="read", title="Data freshness")
    async def data_freshness() -> Freshness:
        """How fresh the data is: for each source the last pipeline run (UTC), its rows, and the days it covers."""
        caller = await server.caller()
        return Freshness.of(await service.sources(caller.tenant))
