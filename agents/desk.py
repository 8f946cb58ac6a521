"""What one turn works with: its person's lines to the servers, every call counted and reported."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic_ai.exceptions import ModelRetry, ToolFailed
from pydantic_ai.tools import RunContext
from pydantic_ai.toolsets import AbstractToolset, ToolsetTool, WrapperToolset

from agents.assignment import SPECIALISTS, SpecialistName
from agents.report import ToolResult
from agents.switchboard import Line, ServerUnavailable, Switchboard, is_broken
from kernel.auth import Principal


class Progress(Protocol):
    async def __call__(
        self, step: str, status: str, specialist: str | None = None, tool: str | None = None
    ) -> None: ...


class Desk:
    def __init__(self, switchboard: Switchboard, principal: Principal, progress: Progress) -> None:
        self.principal = principal
        self.calls = 0
        """Tool calls made so far, by the specialists and for them."""
        self._switchboard = switchboard
        self._progress = progress
        self._stack = AsyncExitStack()
        self._open: dict[SpecialistName, Line] = {}
        self._locks: dict[SpecialistName, asyncio.Lock] = {name: asyncio.Lock() for name in SPECIALISTS}

    @classmethod
    @asynccontextmanager
    async def open(cls, switchboard: Switchboard, principal: Principal, progress: Progress) -> "AsyncGenerator[Desk]":
        """`progress` is told of every tool call, begun and ended."""
        desk = cls(switchboard, principal, progress)
        async with desk._stack:
            yield desk

    async def toolset(self, name: SpecialistName) -> AbstractToolset[None]:
        """A specialist's tools for an agent run. Raises InsufficientScope or ServerUnavailable."""
        return _Reported(await self._line(name), self, name)

    async def call(self, name: SpecialistName, tool: str, args: dict[str, Any]) -> ToolResult:
        """Call one tool outside an agent run. A refusal comes back in `error`; no answer raises ServerUnavailable.

        A call whose line broke is made once more on a new one: every tool called here is a read or carries a key.
        """
        try:
            return await self._call(name, tool, args)
        except ServerUnavailable:
            return await self._call(name, tool, args)

    async def _call(self, name: SpecialistName, tool: str, args: dict[str, Any]) -> ToolResult:
        line = await self._line(name)
        await self.begin(name, tool)
        try:
            content = await line.direct_call_tool(tool, args)
        except Exception as error:
            refusal = await self.end_badly(name, tool, error)
            return ToolResult(tool=tool, args=args, error=str(refusal))
        await self.report("done", name, tool)
        return ToolResult(tool=tool, args=args, content=content)

    async def begin(self, name: SpecialistName, tool: str) -> None:
        self.calls += 1
        await self.report("started", name, tool)

    async def report(self, status: str, name: SpecialistName, tool: str) -> None:
        await self._progress("tool", status, name, tool)

    async def end_badly(self, name: SpecialistName, tool: str, error: Exception) -> Exception:
        """The server's refusal, for who called; a broken line is dropped and raises ServerUnavailable."""
        await self.report("refused", name, tool)
        if is_broken(error):
            broken = self._open.pop(name, None)
            if broken is not None:
                await self._switchboard.drop(broken)
            raise ServerUnavailable(f"{name} did not answer {tool}.", fix="Try again in a moment.") from error
        if isinstance(error, (ToolFailed, ModelRetry)):
            return error
        raise error

    async def _line(self, name: SpecialistName) -> Line:
        async with self._locks[name]:
            if name not in self._open:
                line = await self._switchboard.line(name, self.principal)
                self._open[name] = await self._stack.enter_async_context(line)
            return self._open[name]


@dataclass
class _Reported(WrapperToolset[None]):
    """An agent's tools, each call told to the desk."""

    desk: Desk
    server: SpecialistName

    async def call_tool(
        self, name: str, tool_args: dict[str, Any], ctx: RunContext[None], tool: ToolsetTool[None]
    ) -> Any:
        await self.desk.begin(self.server, name)
        try:
            result = await super().call_tool(name, tool_args, ctx, tool)
        except Exception as error:
            raise await self.desk.end_badly(self.server, name, error) from error
        await self.desk.report("done", self.server, name)
        return result
