"""Composition root of analytics: opens what it needs and wires it, once."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2

from kernel.clock import now
from kernel.language_model import LanguageModel
from kernel.mcp import Composition, ContextResources
from mcp_servers.analytics.catalogues import Catalogues
from mcp_servers.analytics.chart_app import CHART_URI, chart_app
from mcp_servers.analytics.completions import register_completions
from mcp_servers.analytics.domain.loading import load_model
from mcp_servers.analytics.domain.reading import Lexicon, Vocabulary
from mcp_servers.analytics.errors import InvalidModel
from mcp_servers.analytics.insight_tools import register_insight_tools
from mcp_servers.analytics.insights import Figures
from mcp_servers.analytics.insights.campaign import CampaignCards
from mcp_servers.analytics.interpreters import EmbeddedInterpreter, Interpreter, InterpreterWithModel
from mcp_servers.analytics.prompts import register_prompts
from mcp_servers.analytics.repository import AnswerCache, FactsRepository, refuse_unknown_columns
from mcp_servers.analytics.resources import register_resources
from mcp_servers.analytics.service import AnalyticsService
from mcp_servers.analytics.settings import SEMANTIC_MODEL, VOCABULARY, AnalyticsSettings
from mcp_servers.analytics.tools import register_tools

INSTRUCTIONS = """Figures about a marketing agency's campaigns, leads and sales, from one governed semantic model.
ask takes a question in English or Spanish; query_metrics takes exact metrics, dimensions and filters. Both read only.
A question that is not wholly understood is declined or asked about: put that to the person, never fill it in."""


def load_lexicon(semantic_model: Path = SEMANTIC_MODEL) -> Lexicon:
    """A semantic model, by default the one this release ships, and the vocabulary.

    Raises InvalidModel with every fault of the model's file and how to put it right.
    """
    try:
        document = semantic_model.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidModel([f"{semantic_model} cannot be read: {error}"]) from error
    model = load_model(document)
    refuse_unknown_columns(model)
    return Lexicon(model, Vocabulary.parse(VOCABULARY.read_text(encoding="utf-8")))


def interpreter(lexicon: Lexicon, model: LanguageModel | None) -> Interpreter:
    """The embedded interpreter, with a language model behind it where one is configured."""
    embedded = EmbeddedInterpreter(lexicon)
    return InterpreterWithModel(embedded, model, lexicon) if model else embedded


@asynccontextmanager
async def compose(resources: ContextResources) -> AsyncGenerator[Composition]:
    settings = AnalyticsSettings()
    lexicon = load_lexicon(settings.semantic_model)
    repository = FactsRepository(
        resources.database,
        timeout_ms=settings.statement_timeout_ms,
        default_time_zone=lexicon.model.time.default_time_zone,
    )
    made_with = settings.semantic_model.read_text(encoding="utf-8")
    async with (
        AnswerCache.open(
            resources.settings.cache_url(), ttl_seconds=settings.answer_ttl_seconds, made_with=made_with
        ) as answers,
        httpx2.AsyncClient(trust_env=False) as outside,  # a language model's endpoint is no service of ours
    ):
        model = LanguageModel.configured(resources.settings, outside, timeout_seconds=settings.llm_timeout_seconds)
        catalogues = Catalogues(lexicon.model, most=settings.cached_tenants)
        service = AnalyticsService(repository, answers, interpreter(lexicon, model), lexicon, catalogues, now)
        figures = Figures(repository, lexicon.model, service.catalogue, now)
        server = resources.server(instructions=INSTRUCTIONS, app=chart_app(), shown_by=CHART_URI)
        register_tools(server, service, lexicon.model)
        register_insight_tools(server, figures, forecast_seconds=settings.forecast_seconds)
        register_resources(server, service, CampaignCards(figures), settings.semantic_model)
        register_completions(server, service, lexicon.model)
        register_prompts(server)
        yield Composition(server, optional={"answer cache": answers.ping})
