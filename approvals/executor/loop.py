"""Watch the queue: claim what is approved, close what has expired, as many at a time as allowed, until told to stop."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial

from approvals import repository
from approvals.domain import Action
from approvals.executor.dispatcher import Dispatcher
from approvals.settings import ApprovalSettings
from kernel.database import Connection, Database
from kernel.errors import PromptSalesError
from kernel.logs import logger

_MOST_SWEPT = 500
_SWEEP_SECONDS = 1.0
_PAUSE_SECONDS = 1.0
"""After a look that failed."""


class Executor:
    def __init__(self, database: Database, dispatcher: Dispatcher, options: ApprovalSettings, worker: str) -> None:
        self._database = database
        self._dispatcher = dispatcher
        self._options = options
        self._worker = worker
        self._wake = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()
        self._swept_at = float("-inf")

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then finish what has been claimed."""
        stopping = asyncio.create_task(self._wake_when(stop))
        try:
            while not stop.is_set():
                await self._step()
        finally:
            stopping.cancel()
            await asyncio.gather(stopping, return_exceptions=True)
            await asyncio.gather(*self._running, return_exceptions=True)

    async def _step(self) -> None:
        """Start one action, or wait for a reason to look again."""
        self._wake.clear()
        pause = self._options.executor_poll_seconds
        try:
            await self._sweep()
            claimed = await self._claim() if len(self._running) < self._options.executor_concurrency else None
        except PromptSalesError as error:
            logger(__name__).warning("nothing claimed", error=error.code, reason=error.message)
            claimed, pause = None, max(pause, _PAUSE_SECONDS)
        if claimed is not None:
            self._start(claimed)
            return
        try:
            async with asyncio.timeout(pause):
                await self._wake.wait()
        except TimeoutError:
            return

    def _start(self, claimed: Action) -> None:
        task = asyncio.create_task(self._dispatcher.carry_out(claimed))
        self._running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._wake.set()
        error = None if task.cancelled() else task.exception()
        if error is not None:
            logger(__name__).error("attempt broke off", error=repr(error), exc_info=error)

    async def _claim(self) -> Action | None:
        async with self._database.system() as connection:
            return await repository.claim(
                connection,
                worker=self._worker,
                lease_seconds=self._options.executor_lease_seconds,
                max_attempts=self._options.executor_max_attempts,
            )

    async def _sweep(self) -> None:
        """Close what time has closed and remind of what waits, about once a second."""
        if time.monotonic() - self._swept_at < _SWEEP_SECONDS:
            return
        closed = await self._repeat(
            partial(repository.expire_next, max_attempts=self._options.executor_max_attempts, worker=self._worker)
        )
        reminded = await self._repeat(partial(repository.remind_next, worker=self._worker))
        async with self._database.system() as connection:
            await repository.forget_requests(connection)
        self._swept_at = time.monotonic()
        if closed or reminded:
            logger(__name__).info("swept", closed=closed, reminded=reminded)

    async def _repeat(self, step: Callable[[Connection], Awaitable[bool]]) -> int:
        """Take a step, each in a transaction of its own, until there is nothing more to do; how many there were."""
        for done in range(_MOST_SWEPT):
            async with self._database.system() as connection:
                if not await step(connection):
                    return done
        return _MOST_SWEPT

    async def _wake_when(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._wake.set()
