"""What a context's composition root opens: its database, its clients, its verifiers."""

import hashlib
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import httpx2
from mcp.server.apps import Apps

from kernel.auth import TokenClient, TokenVerifier
from kernel.database import Database
from kernel.gate import Gate, GatedTool
from kernel.gate.grants import GrantVerifier
from kernel.gate.queue import ApprovalQueue
from kernel.mcp.approval import gated_server
from kernel.mcp.server import ContextServer
from kernel.settings import Service, Settings
from kernel.tls import service_http


@dataclass(frozen=True, slots=True)
class ContextResources:
    settings: Settings
    name: Service
    database: Database
    http: httpx2.AsyncClient
    """For platforms and other services: connect 2 s, read 10 s, no environment proxies."""
    tokens: TokenClient
    verifier: TokenVerifier

    def gate(self, tools: Sequence[GatedTool[Any]]) -> Gate:
        """The gate over this context's effects."""
        return Gate(
            self.name,
            tools,
            database=self.database,
            queue=self._queue(),
            grants=GrantVerifier(self.settings, self.name),
        )

    def server(
        self, *, instructions: str, gate: Gate | None = None, app: Apps | None = None, shown_by: str | None = None
    ) -> ContextServer:
        """An empty MCP server for this context; with a gate it has `get_approval`, tasks, cards and notices of them.

        Without one it may offer an app of its own: `shown_by` is the URI of its page for tools that are `shown`.
        """
        secret = self.settings.client_secret(self.name)
        state_key = hashlib.sha256(f"request-state:{secret}".encode()).digest()
        shown = version("promptsales")
        if gate is None:
            return ContextServer(
                self.name,
                instructions=instructions,
                version=shown,
                state_key=state_key,
                extensions=[app] if app else [],
                shown_by=shown_by,
            )
        return gated_server(gate, self._queue(), instructions=instructions, version=shown, state_key=state_key)

    def _queue(self) -> ApprovalQueue:
        return ApprovalQueue(self.settings, self.tokens, self.http)


@asynccontextmanager
async def open_context(settings: Settings, name: Service) -> AsyncGenerator[ContextResources]:
    """Open a context's resources; all are closed at exit."""
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(Database.open(settings.role_database_url(f"promptsales_{name}")))
        timeout = httpx2.Timeout(10, connect=2)
        http = await stack.enter_async_context(service_http(settings, timeout=timeout))
        tokens = await stack.enter_async_context(TokenClient(settings, name))
        verifier = await stack.enter_async_context(TokenVerifier(settings, settings.audience(name)))
        yield ContextResources(settings, name, database, http, tokens, verifier)
