"""Decide: approve, reject, edit, withdraw, break the glass. Each names the revision that the caller looked at."""

from fastapi import APIRouter, Response

from approvals.bulk import Item, Result, decide_together
from approvals.domain import Vote
from approvals.routes.dependencies import Anyone, Injected, Key, Reviewer
from approvals.schemas import ApproveRequest, BreakGlassRequest, BulkRequest, CancelRequest, EditRequest, RejectRequest
from approvals.views import ActionView, BulkResult, BulkView, Refusal

router = APIRouter(prefix="/v1/actions", tags=["decisions"])


@router.post("/bulk-decision", response_model=BulkView)
async def bulk(body: BulkRequest, caller: Reviewer, injected: Injected, key: Key = None) -> BulkView | Response:
    """Approve or reject up to 100 actions of one tool, as far as all together stay under the cap; a result for each."""

    async def run() -> BulkView:
        items = [Item(one.id, one.revision, one.digest) for one in body.items]
        results = await decide_together(
            injected.service, caller, items, body.decision, reason=body.reason, caps=injected.bulk_caps
        )
        return BulkView(results=[_result(one, injected.base_url) for one in results])

    return await injected.requests.once(caller, key, "bulk", body, run)


@router.post("/{action_id}/approve", response_model=ActionView)
async def approve(
    action_id: str, body: ApproveRequest, caller: Reviewer, injected: Injected, key: Key = None
) -> ActionView | Response:
    """Vote for a revision. It is released when enough people other than its proposer have, of the roles of its tier; it
    can be withdrawn until `dispatch_after`."""

    async def run() -> ActionView:
        listed = await injected.service.decide(
            caller,
            action_id,
            "approve",
            revision=body.revision,
            digest=body.digest,
            reason=body.reason,
            on_behalf_of=body.on_behalf_of,
        )
        return ActionView.of(listed, injected.base_url)

    return await injected.requests.once(caller, key, f"approve {action_id}", body, run)


@router.post("/{action_id}/reject", response_model=ActionView)
async def reject(
    action_id: str, body: RejectRequest, caller: Reviewer, injected: Injected, key: Key = None
) -> ActionView | Response:
    """Refuse an action for good. One rejection is enough."""

    async def run() -> ActionView:
        return await _voted(injected, caller, action_id, "reject", body)

    return await injected.requests.once(caller, key, f"reject {action_id}", body, run)


@router.post("/{action_id}/break-glass", response_model=ActionView)
async def break_glass(
    action_id: str, body: BreakGlassRequest, caller: Reviewer, injected: Injected, key: Key = None
) -> ActionView | Response:
    """Release an action at once in an emergency, whatever its tier, quiet hours and blackout dates say; caps hold.
    It takes two administrators, neither of them its proposer, and leaves a review to be closed by a third person."""

    async def run() -> ActionView:
        return await _voted(injected, caller, action_id, "break_glass", body)

    return await injected.requests.once(caller, key, f"break-glass {action_id}", body, run)


@router.post("/{action_id}/edit", response_model=ActionView)
async def edit(
    action_id: str, body: EditRequest, caller: Reviewer, injected: Injected, key: Key = None
) -> ActionView | Response:
    """Give the action other arguments, which its server validates. The policy is asked again, votes begin anew, and
    another person's is needed."""

    async def run() -> ActionView:
        listed = await injected.service.edit(
            caller, action_id, revision=body.revision, args=body.args, reason=body.reason
        )
        return ActionView.of(listed, injected.base_url)

    return await injected.requests.once(caller, key, f"edit {action_id}", body, run)


@router.post("/{action_id}/cancel", response_model=ActionView)
async def cancel(
    action_id: str, body: CancelRequest, caller: Anyone, injected: Injected, key: Key = None
) -> ActionView | Response:
    """Withdraw an action before the executor takes it up: its proposer, one of its approvers, or an administrator."""

    async def run() -> ActionView:
        listed = await injected.service.cancel(caller, action_id, revision=body.revision, reason=body.reason)
        return ActionView.of(listed, injected.base_url)

    return await injected.requests.once(caller, key, f"cancel {action_id}", body, run)


async def _voted(
    injected: Injected, caller: Reviewer, action_id: str, vote: Vote, body: RejectRequest | BreakGlassRequest
) -> ActionView:
    listed = await injected.service.decide(
        caller, action_id, vote, revision=body.revision, digest=body.digest, reason=body.reason
    )
    return ActionView.of(listed, injected.base_url)


def _result(result: Result, base_url: str) -> BulkResult:
    return BulkResult(
        id=result.id,
        action=ActionView.of(result.listed, base_url) if result.listed else None,
        refusal=Refusal.model_validate(result.refusal.as_problem()) if result.refusal else None,
    )
