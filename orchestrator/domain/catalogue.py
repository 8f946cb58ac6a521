"""The tenant's clients, as far as a brief needs them."""

from pydantic import Field

from agents.assignment import Frozen


class CatalogueClient(Frozen):
    name: str
    products: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    markets: tuple[str, ...] = Field(default=(), description="English country names")


class Catalogue(Frozen):
    clients: tuple[CatalogueClient, ...] = ()

    def client(self, name: str | None) -> CatalogueClient | None:
        return next((client for client in self.clients if client.name == name), None)

    def products(self, client: str | None = None) -> tuple[str, ...]:
        """The products of one client, or of all, each once."""
        chosen = [item for item in self.clients if client is None or item.name == client]
        return tuple(dict.fromkeys(product for item in chosen for product in item.products))

    def owners(self, product: str) -> tuple[str, ...]:
        """The clients that sell a product."""
        return tuple(client.name for client in self.clients if product in client.products)
