"""Finding a client by its id, wherever it is written down."""

import re
from typing import Protocol

from identity.clients.builtin import MCP_CLIENT, THIRD_PARTY_REACHES, public_client, service_client
from identity.clients.client import Client
from identity.clients.repository import ClientRepository, StoredClient
from identity.clients.urls import is_url
from identity.domain import CLIENTS
from identity.recent import Recent
from kernel.settings import Settings

_CLIENT_ID = re.compile(r"[A-Za-z0-9._-]{1,100}")


class Documents(Protocol):
    """Where clients with an address for an id are looked up."""

    async def client(self, client_id: str) -> Client: ...


class ClientRegistry:
    """All clients there are: built-in, registered by an operator, registered by themselves, self-published."""

    def __init__(self, settings: Settings, repository: ClientRepository, documents: Documents) -> None:
        self._settings = settings
        self._repository = repository
        self._documents = documents
        self._stored = Recent[str, Client | None](self._look_up)
        self._public = public_client()

    async def find(self, client_id: str) -> Client | None:
        """The client, at most a few seconds old (a published document: an hour); None if unknown or disabled.

        An id that is a URL is fetched: raises ClientUrlRefused, AddressRefused or MetadataRefused (refusals with an
        OAuth error), DocumentUnavailable or LookUpsExhausted (to try again later).
        """
        return await self._documents.client(client_id) if is_url(client_id) else await self.known(client_id)

    async def known(self, client_id: str) -> Client | None:
        """As find, for clients of this server's own: never fetches anything."""
        if client_id == MCP_CLIENT:
            return self._public
        return await self._stored.get(client_id) if _CLIENT_ID.fullmatch(client_id) else None

    async def _look_up(self, client_id: str) -> Client | None:
        stored = await self._repository.find(client_id)
        if stored is None:
            return None
        if stored.source == "built-in":
            # A row that outlived its policy is nobody.
            return service_client(stored.credentials, self._settings) if client_id in CLIENTS else None
        if stored.source == "dynamic":
            await self._repository.mark_used(client_id)
        return third_party(stored)


def third_party(stored: StoredClient) -> Client:
    """A client of the table that is not built in."""
    return Client(
        client_id=stored.client_id,
        name=stored.name or stored.client_id,
        source=stored.source,
        redirect_uris=stored.redirect_uris,
        grants=stored.grants,
        reaches={name: scopes for name, scopes in THIRD_PARTY_REACHES.items() if name in stored.resources},
        serves=None,
        first_party=False,
        secret_hash=stored.credentials.secret_hash,
        public_keys=None,
        machine=stored.machine,
    )
