"""The official SDK's OAuth client, with a person behind it who signs in and answers the consent page."""

from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx2
from mcp.client import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from pydantic import AnyUrl

from tests.support.browser import REDIRECT_URI, Answer, Browser


@dataclass
class Memory:
    """Where an application keeps what it was given."""

    client: OAuthClientInformationFull | None = None
    tokens: OAuthToken | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info

    @property
    def scopes(self) -> set[str]:
        """What it may do now."""
        assert self.tokens is not None
        return set((self.tokens.scope or "").split())


@dataclass
class Person:
    """Somebody at a browser, signed in already; ticks `scopes` only, or leaves everything ticked."""

    browser: Browser
    scopes: Collection[str] | None = None
    answers: list[Answer] = field(default_factory=list[Answer])

    async def follow(self, url: str) -> None:
        """Open an authorization request and allow it."""
        self.answers.append(await self.browser.consent(urlsplit(url).query, scopes=self.scopes))

    async def come_back(self) -> AuthorizationCodeResult:
        """What the browser brings back to the application."""
        return AuthorizationCodeResult.model_validate(self.answers[-1].values)


def registered(client_id: str) -> OAuthClientInformationFull:
    """A public client that the issuer knows already."""
    return OAuthClientInformationFull(
        client_id=client_id, redirect_uris=[AnyUrl(REDIRECT_URI)], token_endpoint_auth_method="none"
    )


def application(server: str, memory: Memory, person: Person, *, document: str | None = None) -> OAuthClientProvider:
    """An application that knows nothing but a server's URL, and perhaps where its own metadata document is."""
    metadata = OAuthClientMetadata(client_name="Desk", redirect_uris=[AnyUrl(REDIRECT_URI)], scope=None)
    return OAuthClientProvider(server, metadata, memory, person.follow, person.come_back, client_metadata_url=document)


@asynccontextmanager
async def connected(server: str, auth: httpx2.Auth) -> AsyncGenerator[Client]:
    """An MCP client without any token of its own."""
    async with (
        httpx2.AsyncClient(auth=auth, timeout=30, trust_env=False) as http,
        Client(streamable_http_client(server, http_client=http)) as client,
    ):
        yield client
