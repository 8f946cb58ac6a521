"""What exists in each tenant's data, kept for as long as the data does not change."""

from collections import OrderedDict
from dataclasses import replace

from mcp_servers.analytics.domain.catalogue import Catalogue
from mcp_servers.analytics.domain.model import SemanticModel
from mcp_servers.analytics.repository import TenantFacts


class Catalogues:
    def __init__(self, model: SemanticModel, *, most: int) -> None:
        """Keeps those of the `most` tenants that asked last."""
        self._model = model
        self._most = most
        self._kept: OrderedDict[str, Catalogue] = OrderedDict()

    async def of(self, tenant: str, data: TenantFacts) -> Catalogue:
        """The catalogue of a tenant's data, read again whenever the pipeline changed something."""
        known = self._kept.get(tenant)
        version, sources = await data.coverage()
        if known is None or known.facts.version != version:
            known = Catalogue(self._model, await data.facts())
            self._kept[tenant] = known
        else:
            known.facts = replace(known.facts, sources=sources)
        self._kept.move_to_end(tenant)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return known
