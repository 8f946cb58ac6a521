"""A process that is kept: started, waited for, and started again when it ends."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from cli.stack.process import Child, Program
from kernel.errors import PromptSalesError

Say = Callable[[str], None]

_FIRST_BACKOFF = 0.5
_LONGEST_BACKOFF = float(os.environ.get("PROMPTSALES_LONGEST_BACKOFF_SECONDS", "30"))
_STABLE_SECONDS = 60.0


class Kept:
    """One process of the system over all its lives."""

    def __init__(
        self,
        name: str,
        prepare: Callable[[], Awaitable[Program]],
        wait_ready: Callable[[Child], Coroutine[Any, Any, None]],
    ) -> None:
        """`prepare` does what is needed before each start and says how to run it."""
        self.name = name
        self._prepare = prepare
        self._wait_ready = wait_ready
        self._child: Child | None = None
        self._started_at = 0.0

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    async def start(self, started: Callable[[], None]) -> None:
        """Start it and wait until it serves; raises ProcessEnded when it ends instead."""
        self._child = child = await Child.start(await self._prepare())
        self._started_at = time.monotonic()
        started()
        ended = asyncio.create_task(child.wait())
        ready = asyncio.create_task(self._wait_ready(child))
        try:
            await asyncio.wait((ended, ready), return_when=asyncio.FIRST_COMPLETED)
            if not ready.done():
                child.check()
            await ready
        finally:
            ended.cancel()
            ready.cancel()

    async def stop(self) -> None:
        if self._child:
            await self._child.stop()

    async def keep(self, say: Say, started: Callable[[], None]) -> None:
        """Start it again whenever it ends, later and later while it does not stay up. Ends by being cancelled."""
        backoff = _FIRST_BACKOFF
        while self._child:
            status = await self._child.wait()
            if time.monotonic() - self._started_at > _STABLE_SECONDS:
                backoff = _FIRST_BACKOFF
            say(f"{self.name} ended with status {status}; starting it again in {backoff:g} s.")
            await asyncio.sleep(backoff)
            backoff = min(2 * backoff, _LONGEST_BACKOFF)
            try:
                await self.start(started)
            except (PromptSalesError, OSError) as error:
                say(f"{self.name} did not come back: {error}")
            else:
                say(f"{self.name} is back.")
