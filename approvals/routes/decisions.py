"""Decide: approve, reject, edit, withdraw. Each names the revision that the caller looked at."""

from fastapi import APIRouter

from approvals.routes.dependencies import Anyone, Injected, Reviewer
from approvals.schemas import ApproveRequest, CancelRequest, EditRequest, RejectRequest
from approvals.views import ActionView

router = APIRouter(prefix="/v1/actions/{action_id}", tags=["decisions"])


@router.post("/approve")
async def approve(action_id: str, body: ApproveRequest, caller: Reviewer, injected: Injected) -> ActionView:
    """Vote for a revision. It is released when enough people other than its proposer have."""
    listed = await injected.service.decide(
        caller, action_id, "approve", revision=body.revision, digest=body.digest, reason=body.reason
    )
    return ActionView.of(listed, injected.base_url)


@router.post("/reject")
async def reject(action_id: str, body: RejectRequest, caller: Reviewer, injected: Injected) -> ActionView:
    """Refuse an action for good. One rejection is enough."""
    listed = await injected.service.decide(
        caller, action_id, "reject", revision=body.revision, digest=body.digest, reason=body.reason
    )
    return ActionView.of(listed, injected.base_url)


@router.post("/edit")
async def edit(action_id: str, body: EditRequest, caller: Reviewer, injected: Injected) -> ActionView:
    """Give the action other arguments, which its server validates. Votes begin anew, and need another person's."""
    listed = await injected.service.edit(caller, action_id, revision=body.revision, args=body.args, reason=body.reason)
    return ActionView.of(listed, injected.base_url)


@router.post("/cancel")
async def cancel(action_id: str, body: CancelRequest, caller: Anyone, injected: Injected) -> ActionView:
    """Withdraw an action before the executor takes it up: its proposer, or an administrator."""
    listed = await injected.service.cancel(caller, action_id, revision=body.revision, reason=body.reason)
    return ActionView.of(listed, injected.base_url)
