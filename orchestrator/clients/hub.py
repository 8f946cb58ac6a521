"""The hub's clients and products: what a brief can be about."""

from typing import Any, cast

import httpx2

from kernel.auth import Principal, TokenClient
from kernel.settings import Settings
from orchestrator.domain.catalogue import Catalogue, CatalogueClient
from orchestrator.errors import HubUnavailable


class Hub:
    def __init__(self, settings: Settings, tokens: TokenClient, http: httpx2.AsyncClient) -> None:
        self._base = settings.url("hub")
        self._tokens = tokens
        self._http = http

    async def catalogue(self, principal: Principal) -> Catalogue:
        """The tenant's clients. Raises InsufficientScope without hub:read, HubUnavailable without an answer."""
        principal.require("hub:read")
        token = await self._tokens.exchange(principal.token, "hub", ["hub:read"])
        try:
            answer = await self._http.get(f"{self._base}/v1/clients", headers={"Authorization": f"Bearer {token}"})
        except httpx2.HTTPError as error:
            raise HubUnavailable(
                f"The hub does not answer ({type(error).__name__}).", fix="Try again in a moment."
            ) from error
        if answer.status_code != 200:
            raise HubUnavailable(f"The hub answered {answer.status_code}.", fix="Try again in a moment.")
        clients = cast("list[dict[str, Any]]", answer.json()["clients"])
        return Catalogue(clients=tuple(_client(item) for item in clients))


def _client(item: dict[str, Any]) -> CatalogueClient:
    return CatalogueClient(
        name=item["name"],
        products=tuple(product["name"] for product in item["products"]),
        audiences=tuple(item["audiences"]),
        markets=tuple(item["markets"]),
    )
