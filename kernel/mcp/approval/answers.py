"""From an action of the queue to the result of a tool's call, and back to the action that a result is about."""

from mcp_types import CallToolResult, TextContent

from kernel.gate.models import ActionOutcome, ActionView, OutcomeStatus, outcome

ENDED: frozenset[OutcomeStatus] = frozenset({"executed", "rejected", "expired", "cancelled", "failed"})
"""Unknown is not among them: a person will say what became of it."""


def answer(view: ActionView) -> CallToolResult:
    """What a gated tool answers for an action as it stands."""
    told = outcome(view)
    return CallToolResult(
        content=[TextContent(text=told.model_dump_json(indent=2))], structured_content=told.model_dump(mode="json")
    )


def final(view: ActionView) -> CallToolResult:
    """What a gated tool would have answered had it waited: an error unless the action was executed."""
    return answer(view).model_copy(update={"is_error": outcome(view).status != "executed"})


def has_ended(view: ActionView) -> bool:
    return outcome(view).status in ENDED


def pending_approval(result: object) -> ActionOutcome | None:
    """What a gated tool answered, if its action waits."""
    if not isinstance(result, CallToolResult) or result.is_error or not result.structured_content:
        return None
    told = ActionOutcome.model_validate(result.structured_content)
    return told if told.status == "pending_approval" else None
