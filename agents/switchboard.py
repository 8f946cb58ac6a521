"""Lines to the four MCP servers, shared by the process: opened once for a person and kept a few minutes."""

import asyncio
import contextlib
import time

import httpx2
from fastmcp.exceptions import FastMCPError
from mcp import MCPError
from mcp_types import CONNECTION_CLOSED, REQUEST_TIMEOUT
from pydantic_ai.exceptions import ModelRetry
from pydantic_ai.mcp import MCPToolset

from agents.assignment import SPECIALISTS, SpecialistName
from kernel.auth import Principal, Scope, TokenClient
from kernel.errors import Unavailable
from kernel.settings import Settings
from kernel.tls import service_http

Line = MCPToolset[None]

_SCOPES: dict[SpecialistName, tuple[Scope, ...]] = {
    "content": ("content:read", "content:write", "actions:propose"),
    "ads": ("ads:read", "ads:write", "actions:propose"),
    "crm": ("crm:read", "crm:write", "actions:propose"),
    "analytics": ("analytics:read",),
}
_KEPT_SECONDS = 240
"""Shorter than the tokens live that lines are opened with."""
_MOST_LINES = 512
_CONNECTION_LOST = (CONNECTION_CLOSED, REQUEST_TIMEOUT)


class ServerUnavailable(Unavailable):
    """A specialist's MCP server does not answer."""


class Switchboard:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        limits = httpx2.Limits(max_connections=200, max_keepalive_connections=40)
        self._http = service_http(settings, limits=limits, timeout=30)
        self._tokens = {name: TokenClient(settings, f"agent-{name}", http=self._http) for name in SPECIALISTS}
        self._lines: dict[tuple[SpecialistName, str], tuple[float, asyncio.Task[Line]]] = {}

    async def aclose(self) -> None:
        for key in list(self._lines):
            await self._hang_up(key)
        await self._http.aclose()

    async def line(self, name: SpecialistName, principal: Principal) -> Line:
        """A connected toolset that acts for the principal as `agent-<name>`, with no more scope than the principal has.

        Raises InsufficientScope without the right to read, ServerUnavailable when nobody answers.
        """
        principal.require(_SCOPES[name][0])
        granted: list[Scope] = [scope for scope in _SCOPES[name] if scope in principal.scopes]
        token = await self._tokens[name].exchange(principal.token, name, granted)
        key = (name, token)
        if key not in self._lines:
            await self._forget_old()
            self._lines[key] = (time.monotonic(), asyncio.create_task(self._dial(name, token)))
        try:
            return await asyncio.shield(self._lines[key][1])
        except (httpx2.HTTPError, MCPError, FastMCPError, RuntimeError, TimeoutError) as error:
            self._lines.pop(key, None)
            url = self._settings.audience(name)
            raise ServerUnavailable(f"{url} does not answer.", fix="Try again in a moment.") from error

    async def drop(self, line: Line) -> None:
        """Forget a line that broke, so that the next call opens another."""
        for key, (_, task) in list(self._lines.items()):
            if task.done() and not task.cancelled() and task.exception() is None and task.result() is line:
                await self._hang_up(key)

    async def _dial(self, name: SpecialistName, token: str) -> Line:
        return await Line(
            self._settings.audience(name),
            id=name,
            http_client=self._http,
            auth=token,
            tool_error_behavior="failed",
            init_timeout=10,
        ).__aenter__()

    async def _forget_old(self) -> None:
        """Hang up lines whose tokens are about to expire, and the oldest beyond what is kept."""
        oldest_kept = time.monotonic() - _KEPT_SECONDS
        by_age = sorted(self._lines, key=lambda key: self._lines[key][0])
        surplus = max(len(by_age) - _MOST_LINES + 1, 0)
        for index, key in enumerate(by_age):
            if index < surplus or self._lines[key][0] < oldest_kept:
                await self._hang_up(key)

    async def _hang_up(self, key: tuple[SpecialistName, str]) -> None:
        """Give a line back; its session ends when the last turn that uses it does."""
        _, task = self._lines.pop(key)
        with contextlib.suppress(httpx2.HTTPError, MCPError, FastMCPError, RuntimeError, TimeoutError):
            await (await task).__aexit__(None, None, None)


def is_broken(error: BaseException) -> bool:
    """Whether a call failed because the line did, not because the server refused it."""
    if isinstance(error, ModelRetry):
        cause = error.__cause__
        return isinstance(cause, MCPError) and cause.code in _CONNECTION_LOST
    return isinstance(error, (httpx2.HTTPError, MCPError, TimeoutError))
