"""MCP resources of analytics."""

from pathlib import Path

from kernel.mcp import ContextServer
from mcp_servers.analytics.insights.campaign import CampaignCards
from mcp_servers.analytics.schemas import Freshness
from mcp_servers.analytics.service import AnalyticsService
from mcp_servers.analytics.settings import SEMANTIC_MODEL

_MODEL_URIS = ("analytics://model", "analytics://semantic-model")


def register_resources(
    server: ContextServer, service: AnalyticsService, cards: CampaignCards, document: Path = SEMANTIC_MODEL
) -> None:
    """The model, how fresh the data is, and every campaign of the caller's tenant."""
    text = document.read_text(encoding="utf-8")  # as it was loaded, whatever becomes of the file
    for uri in _MODEL_URIS:
        _register_model(server, uri, text)

    @server.resource(
        "analytics://freshness",
        name="freshness",
        title="Data freshness",
        description="For each source the last pipeline run, its rows, and the days it covers, as JSON.",
        mime_type="application/json",
        scope="analytics:read",
    )
    async def freshness() -> str:
        caller = await server.caller()
        return Freshness.of(await service.sources(caller.tenant)).model_dump_json()

    @server.resource(
        "analytics://campaigns/{campaign_id}",
        name="campaign",
        title="Campaign",
        description="What a campaign is, its last day with data, and its figures in its life and its last 30 days.",
        mime_type="application/json",
        scope="analytics:read",
    )
    async def campaign(campaign_id: str) -> str:
        caller = await server.caller()
        return (await cards.card(caller.tenant, campaign_id)).model_dump_json()


def _register_model(server: ContextServer, uri: str, text: str) -> None:
    @server.resource(
        uri,
        name=uri.partition("://")[2],
        title="Semantic model",
        description="Metrics, dimensions and synonyms, with formulas and definitions, as YAML.",
        mime_type="application/yaml",
        scope="analytics:read",
    )
    async def semantic_model() -> str:
        return text
