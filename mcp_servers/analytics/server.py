"""Composition root of analytics: opens what it needs and wires it, once."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx2

from kernel.clock import now
from kernel.language_model import LanguageModel
from kernel.mcp import Composition, ContextResources
from mcp_servers.analytics.domain.model import SemanticModel
from mcp_servers.analytics.domain.reading import Lexicon, Vocabulary
from mcp_servers.analytics.interpreters import EmbeddedInterpreter, Interpreter, InterpreterWithModel
from mcp_servers.analytics.prompts import register_prompts
from mcp_servers.analytics.repository import AnswerCache, FactsRepository
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


def interpreter(lexicon: Lexicon, model: LanguageModel | None) -> Interpreter:
    """The embedded interpreter, with a language model behind it where one is configured."""
    embedded = EmbeddedInterpreter(lexicon)
    return InterpreterWithModel(embedded, model, lexicon) if model else embedded


@asynccontextmanager
async def compose(resources: ContextResources) -> AsyncGenerator[Composition]:
    settings = AnalyticsSettings()
    lexicon = load_lexicon()
    repository = FactsRepository(resources.database, timeout_ms=settings.statement_timeout_ms)
    made_with = SEMANTIC_MODEL.read_text(encoding="utf-8")
    async with (
        AnswerCache.open(
            resources.settings.cache_url(), ttl_seconds=settings.answer_ttl_seconds, made_with=made_with
        ) as answers,
        httpx2.AsyncClient(trust_env=False) as outside,  # a language model's endpoint is no service of ours
    ):
        model = LanguageModel.configured(resources.settings, outside, timeout_seconds=settings.llm_timeout_seconds)
        service = AnalyticsService(
            repository, answers, interpreter(lexicon, model), lexicon, now, cached_tenants=settings.cached_tenants
        )
        server = resources.server(instructions=INSTRUCTIONS)
        register_tools(server, service, lexicon.model)
        register_resources(server, service)
        register_prompts(server)
        yield Composition(server, optional={"answer cache": answers.ping})
