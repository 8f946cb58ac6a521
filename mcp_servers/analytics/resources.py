"""MCP resources of analytics."""

from pathlib import Path

from kernel.auth import Principal
from kernel.mcp import ContextServer
from mcp_servers.analytics.domain.text import fold
from mcp_servers.analytics.service import AnalyticsService
from mcp_servers.analytics.settings import SEMANTIC_MODEL


def register_resources(server: ContextServer, service: AnalyticsService, document: Path = SEMANTIC_MODEL) -> None:
    text = document.read_text(encoding="utf-8")  # as it was loaded, whatever becomes of the file

    @server.resource(
        "analytics://semantic-model",
        title="Semantic model",
        description="Metrics, dimensions and synonyms, with formulas and definitions, as YAML.",
        mime_type="application/yaml",
        scope="analytics:read",
    )
    async def semantic_model() -> str:
        return text

    @server.completes("campaign", "analytics:read")
    async def campaigns(caller: Principal, typed: str) -> list[str]:
        catalogue = await service.catalogue(caller.tenant)
        return [value.name for value in catalogue.of("campaign") if fold(value.name).startswith(fold(typed))]
