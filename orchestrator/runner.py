"""Runs turns apart from the requests that start them: a reader that goes away stops nothing."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from langchain_core.runnables import RunnableConfig

from agents.desk import Desk
from agents.switchboard import Switchboard
from kernel.auth import Principal
from kernel.clock import now
from kernel.errors import PromptSalesError, Unavailable
from kernel.ids import new_id
from kernel.logs import bind, logger
from kernel.telemetry import span
from orchestrator.checkpoints import checkpoints_of
from orchestrator.chunks import ChunkLog, Stream
from orchestrator.domain.conversation import TurnRecord, TurnResult
from orchestrator.domain.messages import error_message
from orchestrator.errors import NothingToResume, TurnInProgress
from orchestrator.graph import STEPS, build_graph
from orchestrator.locks import ThreadLocks
from orchestrator.nodes.conclude import show
from orchestrator.state import Services, TurnContext
from orchestrator.understanding.language import detect_language

if TYPE_CHECKING:
    from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver

TURN_SECONDS = 120


class TurnTimedOut(Unavailable):
    """A turn took longer than it may."""


class Runner:
    def __init__(
        self,
        services: Services,
        switchboard: Switchboard,
        log: ChunkLog,
        locks: ThreadLocks,
        checkpointer: "AsyncPostgresSaver",
    ) -> None:
        self._services = services
        self._switchboard = switchboard
        self._log = log
        self._locks = locks
        self._checkpointer = checkpointer
        self._graph = build_graph(checkpointer)
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator["Runner"]:
        """At exit, runs are stopped where they are; they can be resumed from their checkpoints."""
        try:
            yield self
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def say(self, principal: Principal, thread_id: str, text: str) -> str:
        """Begin a turn for a message; gives its id. A turn that was interrupted before is finished first."""
        await self._services.conversations.thread(principal, thread_id)
        await self._lock(principal, thread_id)
        try:
            last = await self._services.conversations.last_turn(principal, thread_id)
            turn_id = new_id("turn")
            turn = await self._services.conversations.begin_turn(principal, thread_id, turn_id, text)
            await self._log.reset(turn_id)
        except BaseException:
            await self._release(principal, thread_id)
            raise
        interrupted = [last] if last and last.status == "running" else []
        self._spawn(principal, [*interrupted, turn])
        return turn_id

    async def resume(self, principal: Principal, thread_id: str) -> str:
        """Go on with the last turn if it was interrupted or something it needed did not answer; gives its id."""
        await self._lock(principal, thread_id)
        try:
            last = await self._services.conversations.last_turn(principal, thread_id)
            if last is None or last.status == "done":
                raise NothingToResume
            await self._services.conversations.restart_turn(principal, last.turn_id)
            await self._log.reset(last.turn_id)
        except BaseException:
            await self._release(principal, thread_id)
            raise
        self._spawn(principal, [last])
        return last.turn_id

    async def is_interrupted(self, principal: Principal, turn: TurnRecord) -> bool:
        """Whether a turn that is not finished has nobody working on it."""
        return turn.status == "running" and await self._locks.is_free(_lock_key(principal, turn.thread_id))

    async def _lock(self, principal: Principal, thread_id: str) -> None:
        if not await self._locks.acquire(_lock_key(principal, thread_id)):
            raise TurnInProgress

    async def _release(self, principal: Principal, thread_id: str) -> None:
        await self._locks.release(_lock_key(principal, thread_id))

    def _spawn(self, principal: Principal, turns: list[TurnRecord]) -> None:
        task = asyncio.create_task(self._run_all(principal, turns))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run_all(self, principal: Principal, turns: list[TurnRecord]) -> None:
        try:
            for turn in turns:
                await self._run(principal, turn)
        finally:
            await self._release(principal, turns[0].thread_id)

    async def _run(self, principal: Principal, turn: TurnRecord) -> None:
        bind(thread_id=turn.thread_id)
        stream = Stream(self._log, turn.turn_id)
        await stream.start()
        async with Desk.open(self._switchboard, principal, stream.progress) as desk:
            context = TurnContext(
                services=self._services,
                principal=principal,
                desk=desk,
                stream=stream,
                thread_id=turn.thread_id,
                turn_id=turn.turn_id,
                text=turn.text,
                today=now().date(),
            )
            try:
                with (
                    span("orchestrator.turn", thread_id=turn.thread_id, turn_id=turn.turn_id),
                    checkpoints_of(principal.tenant),
                ):
                    async with asyncio.timeout(TURN_SECONDS):
                        await self._follow(principal, turn, context)
            except Exception as error:
                await self._fail(context, error)
                await stream.finish(failed=True)
            else:
                await stream.finish(failed=False)

    async def _follow(self, principal: Principal, turn: TurnRecord, context: TurnContext) -> None:
        """Run the graph from its last checkpoint, or from the start where there is none."""
        config = _config(principal, turn)
        begun = await self._checkpointer.aget_tuple(config)
        if begun is None:
            await self._forget_before(principal, turn)
        await self._graph.ainvoke(None if begun else {}, config, context=context, durability="sync")

    async def _forget_before(self, principal: Principal, turn: TurnRecord) -> None:
        """Only a thread's last turn keeps checkpoints: they are for going on, the turns' results are kept elsewhere."""
        turns = await self._services.conversations.turns(principal, turn.thread_id)
        before = [item for item in turns if item.seq < turn.seq][-1:]
        for item in before:
            await self._checkpointer.adelete_thread(_checkpoint_thread(principal, item))

    async def _fail(self, context: TurnContext, error: Exception) -> None:
        known = _known(error)
        if known is None:
            logger(__name__).exception("turn failed", turn_id=context.turn_id)
            known = Unavailable("Something failed here.", fix="Try again: POST /v1/threads/{id}/resume.")
        thread = await self._services.conversations.thread(context.principal, context.thread_id)
        language = detect_language(context.text, thread.conversation.language)
        result = TurnResult(
            thread_id=context.thread_id,
            turn_id=context.turn_id,
            status="error",
            language=language,
            engine="playbook" if self._services.engines.reader is None else "llm",
            message=error_message(known, language),
            error=known.as_problem(),
        )
        await self._services.conversations.finish_turn(context.principal, result, "failed", None)
        await show(context, result)


def _known(error: Exception) -> PromptSalesError | None:
    if isinstance(error, TimeoutError):
        return TurnTimedOut(f"The turn took longer than {TURN_SECONDS} s.", fix="Try again with a resume.")
    return error if isinstance(error, PromptSalesError) else None


def _lock_key(principal: Principal, thread_id: str) -> str:
    return f"{principal.tenant}/{thread_id}"


def _checkpoint_thread(principal: Principal, turn: TurnRecord) -> str:
    return f"{principal.tenant}/{turn.thread_id}/{turn.turn_id}"


def _config(principal: Principal, turn: TurnRecord) -> RunnableConfig:
    return {"configurable": {"thread_id": _checkpoint_thread(principal, turn)}, "recursion_limit": STEPS}
