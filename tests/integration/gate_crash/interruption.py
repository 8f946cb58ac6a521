"""Where an attempt at an action can break off, and the means to break it off exactly there."""

import asyncio
from decimal import Decimal
from typing import Any, Literal, get_args

from pydantic import BaseModel

from kernel.database import Connection
from kernel.gate import Applied, Execution, GatedTool, Preparation
from mcp_servers.ads.domain import Campaign, LineItem
from mcp_servers.ads.platforms.sandbox import SandboxAdPlatform
from mcp_servers.content.platforms.port import LivePost, Post
from mcp_servers.content.platforms.sandbox import SandboxPublisher
from mcp_servers.crm.messages import Message
from mcp_servers.crm.platforms.sandbox import SandboxMessenger

Step = Literal["before begin", "before effect", "in effect", "before receipt", "after receipt"]
"""In the order of `Gate.execute`: target checked; grant used and attempt entered; platform asked; platform read back;
receipt stored."""
Manner = Literal["killed", "stopped"]
STEPS: tuple[Step, ...] = get_args(Step)
MANNERS: tuple[Manner, ...] = get_args(Manner)


class Killed(Exception):
    """The process is gone: nothing after this point runs."""


class Interruption:
    """Strikes the first attempt that reaches a step, once: kills it, or stops it until `resume`."""

    def __init__(self, step: Step, manner: Manner) -> None:
        self._step: Step = step
        self._manner: Manner = manner
        self._resumed = asyncio.Event()
        self.struck = asyncio.Event()

    async def reach(self, step: Step) -> None:
        if step != self._step or self.struck.is_set():
            return
        self.struck.set()
        if self._manner == "killed":
            raise Killed
        await self._resumed.wait()

    def resume(self) -> None:
        self._resumed.set()


class InterruptedTool(GatedTool[Any]):
    """A gated tool in a process that an interruption strikes."""

    def __init__(self, tool: GatedTool[Any], interruption: Interruption) -> None:
        self.name = tool.name
        self.args = tool.args
        self.scopes = tool.scopes
        self._tool = tool
        self._interruption = interruption

    @property
    def retry_safe(self) -> bool:
        return self._tool.retry_safe

    async def prepare(self, tenant: str, args: BaseModel) -> Preparation:
        prepared = await self._tool.prepare(tenant, args)
        await self._interruption.reach("before begin")
        return prepared

    async def effect(self, execution: Execution, args: BaseModel) -> Applied:
        await self._interruption.reach("before effect")
        applied = await self._tool.effect(execution, args)
        await self._interruption.reach("before receipt")
        return applied

    async def record(self, connection: Connection, execution: Execution, args: BaseModel, applied: Applied) -> None:
        await self._tool.record(connection, execution, args, applied)

    async def look_up(self, execution: Execution, args: BaseModel) -> Applied | None:
        return await self._tool.look_up(execution, args)


class Messenger(SandboxMessenger):
    """The sandbox's, which an interruption strikes once it has been asked, answered or not."""

    interruption: Interruption | None = None

    async def send(self, tenant: str, key: str, message: Message) -> str:
        try:
            return await super().send(tenant, key, message)
        finally:
            await _asked(self.interruption)


class Publisher(SandboxPublisher):
    interruption: Interruption | None = None

    async def publish(self, tenant: str, key: str, post: Post) -> LivePost:
        try:
            return await super().publish(tenant, key, post)
        finally:
            await _asked(self.interruption)


class AdNetwork(SandboxAdPlatform):
    interruption: Interruption | None = None

    async def launch(self, tenant: str, key: str, campaign: Campaign) -> str:
        try:
            return await super().launch(tenant, key, campaign)
        finally:
            await _asked(self.interruption)

    async def change_budget(
        self, tenant: str, key: str, platform_id: str, budget: Decimal, line_items: tuple[LineItem, ...]
    ) -> None:
        try:
            await super().change_budget(tenant, key, platform_id, budget, line_items)
        finally:
            await _asked(self.interruption)


async def _asked(interruption: Interruption | None) -> None:
    if interruption is not None:
        await interruption.reach("in effect")
