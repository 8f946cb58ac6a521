"""Proposing what a strategy needs done. Nothing here has an effect outside: the gated tools only queue."""

import asyncio

from langgraph.runtime import Runtime

from agents.assignment import Assignment
from orchestrator.domain import proposals
from orchestrator.domain.changes import Changes
from orchestrator.domain.conversation import StrategyRecord
from orchestrator.domain.strategy import ApprovalRef, Strategy
from orchestrator.nodes.outcomes import propose, refused, together
from orchestrator.state import TurnContext, TurnState

_SPENDING = ("launch_campaign", "change_budget")
_SUPERSEDED = "Superseded by version {version} of the strategy."


async def propose_ads(state: TurnState, runtime: Runtime[TurnContext]) -> TurnState:
    """Exactly one launch a version, or a change of the live campaign that the version before launched."""
    context, strategy = runtime.context, Strategy.model_validate(state.get("strategy", {}))
    await context.stream.progress("propose", "started", "ads")
    assignment = Assignment.model_validate(state.get("assignment", {}))
    before = await _before(state, context, strategy)
    live = await _live_campaign(context, before)
    fields = _fields(state)
    steps: list[TurnState] = []
    step = proposals.launch_step(fields, launched=live is not None)
    if before:
        await _withdraw(context, strategy, [item for item in before.approvals if item.tool in _SPENDING])
    if step == "rebudget" and live:
        args = {
            "campaign_id": live,
            "budget": f"{strategy.budget.amount:.2f}",
            "currency": strategy.budget.currency,
            "reason": strategy.objective,
            "idempotency_key": proposals.key(strategy, "rebudget"),
        }
        steps.append(await propose(context, "ads", "change_budget", "change_budget", args))
    else:
        if step == "relaunch" and live:
            reason = _SUPERSEDED.format(version=strategy.version)
            args = {"campaign_id": live, "reason": reason, "idempotency_key": proposals.key(strategy, "pause")}
            steps.append(await propose(context, "ads", "pause", "pause_campaign", args))
        steps.append(await _launch(context, strategy, assignment))
    await context.stream.progress("propose", "done", "ads")
    return together(*steps)


async def _launch(context: TurnContext, strategy: Strategy, assignment: Assignment) -> TurnState:
    draft = await context.desk.call("ads", "draft_campaign", proposals.draft_args(strategy, assignment))
    if draft.error is not None:
        return refused("launch", draft)
    args = {"campaign_id": draft.fields["campaign_id"], "idempotency_key": proposals.key(strategy, "launch")}
    return await propose(context, "ads", "launch", "launch_campaign", args)


async def propose_content(state: TurnState, runtime: Runtime[TurnContext]) -> TurnState:
    """An asset for each language, proposed for publication; those of an unchanged part stay as they are."""
    context, strategy = runtime.context, Strategy.model_validate(state.get("strategy", {}))
    before = await _before(state, context, strategy)
    published = [item for item in before.approvals if item.tool == "publish_asset"] if before else []
    if before and "content" not in state.get("replan", []):
        return {"outcomes": {item.item: item.model_dump(mode="json") for item in published}}
    await context.stream.progress("propose", "started", "content")
    await _withdraw(context, strategy, published)
    messages = proposals.to_publish(strategy)
    steps = await asyncio.gather(*(_publish(context, strategy, message.language) for message in messages))
    await context.stream.progress("propose", "done", "content")
    return together(*steps)


async def _publish(context: TurnContext, strategy: Strategy, language: str) -> TurnState:
    item = f"publish-{language}"
    message = next(message for message in proposals.to_publish(strategy) if message.language == language)
    asset = await context.desk.call("content", "create_asset", proposals.asset_args(strategy, message))
    if asset.error is not None:
        return refused(item, asset)
    args = proposals.publish_args(strategy, message, asset.fields)
    return await propose(context, "content", item, "publish_asset", args)


async def _before(state: TurnState, context: TurnContext, strategy: Strategy) -> StrategyRecord | None:
    """The version that this one changes; None for a strategy of its own."""
    if state.get("changes") is None:
        return None
    versions = await context.services.conversations.strategies(context.principal, context.thread_id)
    return next((version for version in versions if version.version == strategy.version - 1), None)


def _fields(state: TurnState) -> tuple[str, ...]:
    changes = state.get("changes")
    return Changes.model_validate(changes).brief_fields if changes else ()


async def _live_campaign(context: TurnContext, before: StrategyRecord | None) -> str | None:
    """The campaign that the version before launched, when the queue says that it was executed."""
    for item in before.approvals if before else ():
        if item.tool in _SPENDING:
            action = await context.services.approvals.show(context.principal, item.id)
            if item.tool == "change_budget" or str(action["status"]).upper() == "SUCCEEDED":
                return str(action["campaign_id"])
    return None


async def _withdraw(context: TurnContext, strategy: Strategy, superseded: list[ApprovalRef]) -> None:
    reason = _SUPERSEDED.format(version=strategy.version)
    approvals, principal = context.services.approvals, context.principal
    await asyncio.gather(*(approvals.withdraw(principal, item.id, reason) for item in superseded))
