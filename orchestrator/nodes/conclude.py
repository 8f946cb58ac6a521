"""The end of a turn: one result, stored with what carries over, then shown."""

from typing import Any

from langgraph.runtime import Runtime

from agents.report import Usage
from orchestrator.domain.changes import Changes
from orchestrator.domain.conversation import Conversation, Reply, TurnResult
from orchestrator.domain.messages import strategy_message
from orchestrator.domain.strategy import ApprovalRef, Strategy
from orchestrator.domain.turn import Turn
from orchestrator.state import TurnContext, TurnState


async def conclude(state: TurnState, runtime: Runtime[TurnContext]) -> TurnState:
    context = runtime.context
    turn = Turn.model_validate(state.get("turn", {}))
    if "strategy" in state:
        result = await _strategy_result(state, context, turn)
    else:
        reply = Reply.model_validate(state.get("reply", {}))
        result = TurnResult(
            thread_id=context.thread_id,
            turn_id=context.turn_id,
            language=turn.language,
            usage=_usage(state, context),
            status=reply.status,
            engine=reply.engine or turn.engine,
            message=reply.message,
            question=reply.question,
            answer=reply.answer,
            approvals=reply.approvals,
        )
    conversation = Conversation.model_validate(state.get("conversation", {}))
    await context.services.conversations.finish_turn(context.principal, result, "done", conversation)
    await show(context, result)
    return {}


async def show(context: TurnContext, result: TurnResult) -> None:
    """What a reader of the stream gets last: the words, then the whole typed result."""
    await context.stream.text(result.message)
    if result.question:
        await context.stream.data("question", {"question": result.question, "language": result.language})
    await context.stream.data("turn", result.model_dump(mode="json"), context.turn_id)


async def _strategy_result(state: TurnState, context: TurnContext, turn: Turn) -> TurnResult:
    outcomes: dict[str, Any] = state.get("outcomes", {})
    approvals = tuple(ApprovalRef.model_validate(outcomes[item]) for item in sorted(outcomes))
    strategy = Strategy.model_validate(state.get("strategy", {})).model_copy(update={"approvals": approvals})
    changes = await _settled(state, context, strategy, approvals)
    await context.services.conversations.save_approvals(context.principal, context.turn_id, approvals, changes)
    refusals = [str(text) for text in state.get("refusals", {}).values()]
    return TurnResult(
        thread_id=context.thread_id,
        turn_id=context.turn_id,
        status="strategy",
        language=turn.language,
        engine=strategy.engine,
        message=strategy_message(strategy, changes, refusals, strategy.engine, turn.language),
        strategy=strategy,
        changes=changes,
        approvals=approvals,
        usage=_usage(state, context),
    )


async def _settled(
    state: TurnState, context: TurnContext, strategy: Strategy, approvals: tuple[ApprovalRef, ...]
) -> Changes | None:
    """The changes with what became of the version before's proposals, as the queue has it now."""
    raw = state.get("changes")
    if not raw:
        return None
    conversations = context.services.conversations
    versions = await conversations.strategies(context.principal, context.thread_id)
    before = next(version for version in versions if version.version == strategy.version - 1)
    kept = {item.id for item in approvals}
    refreshed = [
        await context.services.approvals.refreshed(context.principal, item)
        for item in before.approvals
        if item.id not in kept
    ]
    return Changes.model_validate(raw).model_copy(
        update={
            "approvals_cancelled": tuple(item.id for item in refreshed if item.status == "cancelled"),
            "approvals_kept": tuple(item.id for item in before.approvals if item.id in kept),
        }
    )


def _usage(state: TurnState, context: TurnContext) -> Usage:
    """Understanding first, then the specialists planned in this turn, side by side; tool calls of the whole turn."""
    planned = Usage()
    for name in state.get("replan", []):
        planned = planned.beside(Usage.model_validate(state.get("reports", {})[name]["usage"]))
    usage = Usage.model_validate(state.get("usage", {})).then(planned)
    return usage.model_copy(update={"tool_calls": max(usage.tool_calls, context.desk.calls)})
