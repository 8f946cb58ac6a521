"""A specialist's way to its one MCP server: its own exchanged token, over connections the process keeps."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Protocol

import httpx2
from fastmcp.exceptions import FastMCPError, ToolError
from mcp import MCPError
from pydantic_ai.exceptions import ModelRetry, ToolFailed
from pydantic_ai.mcp import CallToolFunc, MCPToolset, ProcessToolCallback
from pydantic_ai.mcp import ToolResult as RawResult
from pydantic_ai.tools import RunContext

from agents.assignment import SPECIALISTS, SpecialistName
from agents.report import ToolResult
from kernel.auth import Principal, Scope, TokenClient
from kernel.errors import Unavailable
from kernel.settings import Settings

_SCOPES: dict[SpecialistName, tuple[Scope, ...]] = {
    "content": ("content:read", "content:write", "actions:propose"),
    "ads": ("ads:read", "ads:write", "actions:propose"),
    "crm": ("crm:read", "crm:write", "actions:propose"),
    "analytics": ("analytics:read",),
}


class ServerUnavailable(Unavailable):
    """A specialist's MCP server does not answer."""


class Switchboard:
    """What the process shares: connections to the four servers, and one OAuth client a specialist."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        limits = httpx2.Limits(max_connections=200, max_keepalive_connections=40)
        self._http = httpx2.AsyncClient(limits=limits, timeout=30, trust_env=False)
        self._tokens = {name: TokenClient(settings, f"agent-{name}", http=self._http) for name in SPECIALISTS}

    async def aclose(self) -> None:
        await self._http.aclose()

    def url(self, name: SpecialistName) -> str:
        return self._settings.audience(name)

    async def toolset(
        self, name: SpecialistName, principal: Principal, around: ProcessToolCallback
    ) -> MCPToolset[None]:
        """A toolset that acts for the principal as `agent-<name>`, with no more scope than the principal has."""
        principal.require(_SCOPES[name][0])
        granted: list[Scope] = [scope for scope in _SCOPES[name] if scope in principal.scopes]
        token = await self._tokens[name].exchange(principal.token, name, granted)
        return MCPToolset[None](
            self.url(name),
            id=name,
            http_client=self._http,
            auth=token,
            tool_error_behavior="failed",
            process_tool_call=around,
            init_timeout=10,
        )


class Progress(Protocol):
    async def __call__(
        self, step: str, status: str, specialist: str | None = None, tool: str | None = None
    ) -> None: ...


class Desk:
    """The toolsets of one turn: each server is connected to once, when first needed."""

    def __init__(self, switchboard: Switchboard, principal: Principal, progress: Progress) -> None:
        self.principal = principal
        self._progress = progress
        self.calls = 0
        """Tool calls made so far, by the specialists and for them."""
        self._switchboard = switchboard
        self._stack = AsyncExitStack()
        self._open: dict[SpecialistName, MCPToolset[None]] = {}
        self._locks: dict[SpecialistName, asyncio.Lock] = {name: asyncio.Lock() for name in SPECIALISTS}

    @classmethod
    @asynccontextmanager
    async def open(cls, switchboard: Switchboard, principal: Principal, progress: Progress) -> "AsyncGenerator[Desk]":
        """`progress` is told of every tool call, begun and ended."""
        desk = cls(switchboard, principal, progress)
        async with desk._stack:
            yield desk

    async def toolset(self, name: SpecialistName) -> MCPToolset[None]:
        """The connected toolset of a specialist. Raises InsufficientScope or ServerUnavailable."""
        async with self._locks[name]:
            if name not in self._open:
                toolset = await self._switchboard.toolset(name, self.principal, self._around(name))
                try:
                    self._open[name] = await self._stack.enter_async_context(toolset)
                except (httpx2.HTTPError, MCPError, FastMCPError, RuntimeError, TimeoutError) as error:
                    url = self._switchboard.url(name)
                    raise ServerUnavailable(f"{url} does not answer.", fix="Try again in a moment.") from error
            return self._open[name]

    async def call(self, name: SpecialistName, tool: str, args: dict[str, Any]) -> ToolResult:
        """Call one tool outside an agent run. A refusal comes back in `error`; no answer raises ServerUnavailable."""
        toolset = await self.toolset(name)
        self.calls += 1
        await self._progress("tool", "started", name, tool)
        try:
            content = await toolset.direct_call_tool(tool, args)
        except (ToolFailed, ModelRetry, ToolError) as refusal:
            await self._progress("tool", "refused", name, tool)
            return ToolResult(tool=tool, args=args, error=str(refusal))
        except (httpx2.HTTPError, MCPError, TimeoutError) as error:
            raise ServerUnavailable(f"{name} did not answer {tool}.", fix="Try again in a moment.") from error
        await self._progress("tool", "done", name, tool)
        return ToolResult(tool=tool, args=args, content=content)

    def _around(self, server: SpecialistName) -> ProcessToolCallback:
        """What an agent's own tool calls go through."""

        async def reported(_context: RunContext[Any], call: CallToolFunc, name: str, args: dict[str, Any]) -> RawResult:
            self.calls += 1
            await self._progress("tool", "started", server, name)
            try:
                result = await call(name, args)
            except (ToolFailed, ModelRetry):
                await self._progress("tool", "refused", server, name)
                raise
            await self._progress("tool", "done", server, name)
            return result

        return reported
