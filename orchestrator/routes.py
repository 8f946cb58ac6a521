"""The conversation API: threads, messages that stream, the strategy, and going on after an interruption."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.responses import StreamingResponse

from kernel.auth import Principal, TokenVerifier
from kernel.auth.rest import guard
from kernel.errors import PromptSalesError
from kernel.ids import new_id
from orchestrator.chunks import HEADERS, ChunkLog
from orchestrator.clients.approvals import Approvals
from orchestrator.domain.strategy import ApprovalRef
from orchestrator.errors import NoStrategyYet
from orchestrator.repository import Conversations
from orchestrator.runner import Runner
from orchestrator.schemas import HistoryView, MessageRequest, ResumeView, StrategyView, ThreadView, VersionView

router = APIRouter(prefix="/v1/threads", tags=["conversation"])


@dataclass(frozen=True, slots=True)
class Dependencies:
    verifier: TokenVerifier
    conversations: Conversations
    approvals: Approvals
    runner: Runner
    log: ChunkLog


def dependencies(request: Request) -> Dependencies:
    return cast("Dependencies", request.app.state.dependencies)


async def caller(request: Request) -> Principal:
    return await guard(dependencies(request).verifier)(request)


Injected = Annotated[Dependencies, Depends(dependencies)]
Caller = Annotated[Principal, Depends(caller)]


@router.post("", status_code=201)
async def create(person: Caller, injected: Injected) -> ThreadView:
    """Begin a conversation."""
    return ThreadView.of(await injected.conversations.create_thread(person, new_id("thr")))


@router.get("")
async def mine(person: Caller, injected: Injected, limit: Annotated[int, Query(ge=1, le=100)] = 20) -> list[ThreadView]:
    """The caller's conversations, the last used first."""
    return [ThreadView.of(thread) for thread in await injected.conversations.threads(person, limit)]


@router.get("/{thread_id}")
async def history(thread_id: str, person: Caller, injected: Injected) -> HistoryView:
    """What was said and what it led to. `status` tells whether a turn runs, failed, or was interrupted."""
    thread = await injected.conversations.thread(person, thread_id)
    turns = await injected.conversations.turns(person, thread_id)
    interrupted = bool(turns) and await injected.runner.is_interrupted(person, turns[-1])
    return HistoryView.of_turns(thread, turns, interrupted=interrupted)


@router.post("/{thread_id}/messages")
async def say(thread_id: str, body: MessageRequest, person: Caller, injected: Injected) -> StreamingResponse:
    """Send a message; the answer is an AI SDK UI message stream (server-sent events) that ends with `data-turn`.

    The turn goes on when the reader leaves: `GET …/stream` follows it from its beginning.
    """
    turn_id = await injected.runner.say(person, thread_id, body.checked())
    return _stream(injected, turn_id)


@router.get("/{thread_id}/stream", responses={204: {"description": "No turn is running"}})
async def follow(thread_id: str, person: Caller, injected: Injected, turn: str | None = None) -> Response:
    """The running turn from its beginning, 204 when none runs. `turn` names a finished one, kept for an hour."""
    turns = await injected.conversations.turns(person, thread_id)
    wanted = [item for item in turns if (item.turn_id == turn if turn else item.status == "running")]
    if not wanted or not await injected.log.exists(wanted[-1].turn_id):
        return Response(status_code=204)
    if wanted[-1].status == "running" and await injected.runner.is_interrupted(person, wanted[-1]):
        return Response(status_code=204)
    return _stream(injected, wanted[-1].turn_id)


@router.post("/{thread_id}/resume", status_code=202)
async def resume(thread_id: str, person: Caller, injected: Injected) -> ResumeView:
    """Go on with a turn that was interrupted, from its last checkpoint, with the caller's own permissions."""
    turn_id = await injected.runner.resume(person, thread_id)
    return ResumeView(thread_id=thread_id, turn_id=turn_id, stream=f"/v1/threads/{thread_id}/stream?turn={turn_id}")


@router.get("/{thread_id}/strategy")
async def strategy(thread_id: str, person: Caller, injected: Injected) -> StrategyView:
    """The latest strategy and all its versions. The status of its proposals is the queue's, asked now."""
    versions = await injected.conversations.strategies(person, thread_id)
    if not versions:
        raise NoStrategyYet
    approvals = [await _refreshed(injected, person, item) for item in versions[0].approvals]
    latest = versions[0].strategy.model_copy(update={"approvals": tuple(approvals)})
    return StrategyView(
        thread_id=thread_id,
        strategy=latest,
        approvals=approvals,
        versions=[VersionView.of(record) for record in versions],
    )


async def _refreshed(injected: Injected, person: Principal, reference: ApprovalRef) -> ApprovalRef:
    """The queue's status, or `unknown` while the queue cannot be asked: a stored one is never passed off as present."""
    try:
        return await injected.approvals.refreshed(person, reference)
    except PromptSalesError:
        return reference.model_copy(update={"status": "unknown"})


def _stream(injected: Dependencies, turn_id: str) -> StreamingResponse:
    return StreamingResponse(injected.log.follow(turn_id), media_type="text/event-stream", headers=HEADERS)
