"""What arguments of prompts and resources may be: names the caller's own tenant has, as they are typed."""

from collections.abc import Iterable

from kernel.auth import Principal
from kernel.mcp import ContextServer
from mcp_servers.analytics.domain.model import DimensionName, SemanticModel
from mcp_servers.analytics.domain.text import fold
from mcp_servers.analytics.service import AnalyticsService

DIMENSIONS: tuple[DimensionName, ...] = (
    "campaign", "client", "product", "platform", "channel", "country", "region", "audience",
)  # fmt: skip


def register_completions(server: ContextServer, service: AnalyticsService, model: SemanticModel) -> None:
    """Values of dimensions, ids of campaigns, names of metrics, and languages."""
    for dimension in DIMENSIONS:
        _complete_values(server, service, dimension)

    @server.completes("campaign_id", "analytics:read")
    async def campaign_ids(caller: Principal, typed: str) -> list[str]:
        catalogue = await service.catalogue(caller.tenant)
        fitting = set(_fitting((value.name for value in catalogue.of("campaign")), typed))
        known = [value for value in catalogue.of("campaign") if value.id]
        return [value.id for value in known if value.id and (value.id.startswith(typed) or value.name in fitting)]

    @server.completes("metric", "analytics:read")
    async def metrics(_caller: Principal, typed: str) -> list[str]:
        return _fitting(model.metrics, typed.replace(" ", "_"))

    @server.completes("language", "analytics:read")
    async def languages(_caller: Principal, typed: str) -> list[str]:
        return _fitting(("en", "es"), typed)


def _complete_values(server: ContextServer, service: AnalyticsService, dimension: DimensionName) -> None:
    @server.completes(dimension, "analytics:read")
    async def values(caller: Principal, typed: str) -> list[str]:
        catalogue = await service.catalogue(caller.tenant)
        return _fitting((value.name for value in catalogue.of(dimension)), typed)


def _fitting(names: Iterable[str], typed: str) -> list[str]:
    """The names that begin with what was typed, then those of which another word does; accents and case aside."""
    wanted = fold(typed).strip()
    folded = {name: fold(name) for name in names}
    first = [name for name, text in folded.items() if text.startswith(wanted)]
    return [*first, *(name for name, text in folded.items() if name not in first and f" {wanted}" in text)]
