"""Turns that make no strategy: answers from the data, what is pending, and actions on campaigns that exist."""

from decimal import Decimal
from typing import Any, cast

from langgraph.runtime import Runtime

from agents.report import ToolResult
from kernel.ids import stable_id
from kernel.money import Money
from orchestrator.domain.conversation import Reply
from orchestrator.domain.messages import options, pending_message, say
from orchestrator.domain.strategy import ApprovalRef
from orchestrator.domain.turn import ActionKind, ActionRequest, Turn
from orchestrator.nodes.outcomes import announce, reference_of, reference_of_action
from orchestrator.state import TurnContext, TurnState
from orchestrator.understanding.catalogue import link_product

_STATUSES: dict[ActionKind, tuple[str, ...]] = {
    "pause": ("active",),
    "change_budget": ("active", "paused"),
    "launch": ("draft",),
}
_TOOLS: dict[ActionKind, str] = {
    "pause": "pause_campaign",
    "change_budget": "change_budget",
    "launch": "launch_campaign",
}
Campaign = dict[str, Any]
_LONGEST_QUESTION = 500
"""What the analytics server takes."""


async def answer_question(state: TurnState, runtime: Runtime[TurnContext]) -> TurnState:
    """The analytics server's governed answer; it asks or declines rather than guess, and so does the turn."""
    context, turn = runtime.context, _turn(state)
    if len(context.text) > _LONGEST_QUESTION:
        text = say(turn.language, "long_question", most=_LONGEST_QUESTION)
        return _reply(Reply(status="question", message=text, question=text))
    args = {"question": context.text, "language": turn.language}
    result = await context.desk.call("analytics", "ask", args)
    if result.error is not None:
        return _reply(Reply(status="error", message=result.error))
    found = result.fields
    clarification = found.get("clarification")
    if found.get("status") == "needs_clarification" and clarification:
        text = _text(clarification)
        return _reply(Reply(status="question", message=text, question=text, answer=found))
    text = _text(found.get("answer")) or _text(found.get("reason"))
    return _reply(Reply(status="answer", message=text, answer=found))


async def show_pending(state: TurnState, runtime: Runtime[TurnContext]) -> TurnState:
    """What waits in the queue, from the queue."""
    context = runtime.context
    actions = await context.services.approvals.pending(context.principal)
    references = tuple(reference_of_action(action) for action in actions)
    return _reply(
        Reply(status="pending", message=pending_message(references, _turn(state).language), approvals=references)
    )


async def act(state: TurnState, runtime: Runtime[TurnContext]) -> TurnState:
    """Propose a pause, a budget or a launch for one campaign that exists."""
    context, turn = runtime.context, _turn(state)
    request = turn.action
    assert request is not None  # noqa: S101 - the route is only taken with an action
    listed = await context.desk.call("ads", "list_campaigns", {"limit": 100})
    if listed.error is not None:
        return _reply(Reply(status="error", message=listed.error))
    campaigns = cast("list[Campaign]", listed.fields["campaigns"])
    possible = [item for item in campaigns if item["status"] in _STATUSES[request.kind]]
    chosen = _chosen(request, campaigns, possible)
    if len(chosen) != 1:
        return _reply(_which(turn, request, chosen, possible))
    return _reply(await _propose(context, turn, request, chosen[0]))


def _chosen(request: ActionRequest, campaigns: list[Campaign], possible: list[Campaign]) -> list[Campaign]:
    """The campaigns a name or an id may mean: an exact id always counts, so that the server can say why not."""
    if request.campaign is None:
        return possible if len(possible) == 1 else []
    by_id = [item for item in campaigns if item["campaign_id"] == request.campaign]
    names = link_product(request.campaign, [str(item["name"]) for item in possible])
    return by_id or [item for item in possible if item["name"] in names]


def _which(turn: Turn, request: ActionRequest, chosen: list[Campaign], possible: list[Campaign]) -> Reply:
    names = options([str(item["name"]) for item in chosen or possible])
    if not possible:
        text = say(turn.language, "no_campaigns")
    elif request.campaign is None or chosen:
        text = say(turn.language, "which_campaign", options=names)
    else:
        text = say(turn.language, "no_such_campaign", said=request.campaign, options=names)
    return Reply(status="question", message=text, question=text)


async def _propose(context: TurnContext, turn: Turn, request: ActionRequest, campaign: Campaign) -> Reply:
    args: dict[str, Any] = {
        "campaign_id": campaign["campaign_id"],
        "idempotency_key": stable_id("idem", context.thread_id, context.turn_id, request.kind),
    }
    if request.kind == "change_budget":
        budget = _new_budget(request, campaign)
        if budget is None or budget.amount <= 0:
            name = "which_budget" if budget is None else "budget_zero"
            text = say(turn.language, name, campaign=campaign["name"], amount=budget)
            return Reply(status="question", message=text, question=text)
        args |= {"budget": f"{budget.amount:.2f}", "currency": budget.currency}
    waiting = await _waiting(context, request.kind, campaign) if request.kind == "launch" else None
    if waiting:
        return _proposed(turn, waiting)
    result: ToolResult = await context.desk.call("ads", _TOOLS[request.kind], args)
    if result.error is not None:
        return Reply(status="error", message=say(turn.language, "action_refused", reason=result.error))
    reference = reference_of(request.kind, _TOOLS[request.kind], result.fields)
    await announce(context, reference, result.fields)
    return _proposed(turn, reference)


def _proposed(turn: Turn, reference: ApprovalRef) -> Reply:
    text = say(turn.language, "action", summary=reference.summary, url=reference.url)
    return Reply(status="action", message=text, approvals=(reference,))


def _new_budget(request: ActionRequest, campaign: Campaign) -> Money | None:
    """The total asked for; a change is worked out from the campaign's present budget and currency."""
    if request.budget:
        return request.budget.money
    if request.change is None or campaign.get("budget") is None:
        return None
    current = Money(Decimal(str(campaign["budget"])), str(campaign["currency"]))
    return Money(request.change.applied(current.amount, current.minor_unit), current.currency)


async def _waiting(context: TurnContext, kind: ActionKind, campaign: Campaign) -> ApprovalRef | None:
    """A launch of the same draft that waits already: nobody needs to decide it twice."""
    if "approvals:read" not in context.principal.scopes:
        return None
    for action in await context.services.approvals.pending(context.principal):
        if (action["tool"], action["campaign_id"]) == (_TOOLS[kind], campaign["campaign_id"]):
            return reference_of_action(action)
    return None


def _turn(state: TurnState) -> Turn:
    return Turn.model_validate(state.get("turn", {}))


def _reply(reply: Reply) -> TurnState:
    return {"reply": reply.model_dump(mode="json")}


def _text(value: Any) -> str:
    """The words of an answer, of a clarification with its options, or of a reason."""
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        return str(fields.get("question") or fields.get("text") or fields.get("message") or "")
    return str(value) if value else ""
