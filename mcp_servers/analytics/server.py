"""Composition root of analytics: opens what it needs and wires it, once."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from kernel.clock import now
from kernel.mcp import Composition, ContextResources
from mcp_servers.analytics.chart_app import CHART_URI, chart_app
from mcp_servers.analytics.completions import register_completions
from mcp_servers.analytics.domain.model import SemanticModel
from mcp_servers.analytics.domain.reading import Lexicon, Vocabulary
from mcp_servers.analytics.insight_tools import register_insight_tools
from mcp_servers.analytics.insights import Figures
from mcp_servers.analytics.insights.campaign import CampaignCards
from mcp_servers.analytics.prompts import register_prompts
from mcp_servers.analytics.repository import FactsRepository
from mcp_servers.analytics.resources import register_resources
from mcp_servers.analytics.service import AnalyticsService
from mcp_servers.analytics.settings import SEMANTIC_MODEL, VOCABULARY, AnalyticsSettings
from mcp_servers.analytics.tools import register_tools

INSTRUCTIONS = """Figures about a marketing agency's campaigns, leads and sales, from one governed semantic model.
ask takes a question in English or Spanish; query_metrics takes exact metrics, dimensions and filters. Both read only.
A question that is not wholly understood is declined or asked about: put that to the person, never fill it in."""


def load_lexicon() -> Lexicon:
    """The semantic model and the vocabulary this release ships."""
    model = SemanticModel.parse(SEMANTIC_MODEL.read_text(encoding="utf-8"))
    return Lexicon(model, Vocabulary.parse(VOCABULARY.read_text(encoding="utf-8")))


@asynccontextmanager
async def compose(resources: ContextResources) -> AsyncGenerator[Composition]:
    settings = AnalyticsSettings()
    lexicon = load_lexicon()
    repository = FactsRepository(resources.database, timeout_ms=settings.statement_timeout_ms)
    service = AnalyticsService(repository, lexicon, now, cached_tenants=settings.cached_tenants)
    figures = Figures(repository, lexicon.model, service.catalogue, now)
    server = resources.server(instructions=INSTRUCTIONS, app=chart_app(), shown_by=CHART_URI)
    register_tools(server, service, lexicon.model)
    register_insight_tools(server, figures, forecast_seconds=settings.forecast_seconds)
    register_resources(server, service, CampaignCards(figures))
    register_completions(server, service, lexicon.model)
    register_prompts(server)
    yield Composition(server)
