"""What the queue works by: policies, what is committed under them, delegations, reviews afterwards."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from approvals.routes.dependencies import Injected, Reader, Reviewer
from approvals.schemas import CloseReviewRequest, DelegationRequest, PolicyRequest
from approvals.views import DelegationView, ExposureView, Page, PolicyView, PostReviewView

router = APIRouter(prefix="/v1", tags=["rules"])


@router.get("/policies")
async def policies(caller: Reader, injected: Injected) -> Page[PolicyView]:
    """The policies in force. The one that fits a tool most closely applies to it."""
    found = await injected.rules.policies(caller.tenant)
    return Page(items=[PolicyView.of(policy) for policy in found], next_cursor=None)


@router.put("/policies/{name}")
async def put_policy(
    name: Annotated[str, Path(pattern="^[a-z][a-z0-9_]{0,39}$")],
    body: PolicyRequest,
    caller: Reviewer,
    injected: Injected,
) -> PolicyView:
    """Put the next version of a policy in force: an administrator. Versions before it stay on record."""
    policy = await injected.rules.put_policy(caller, name, body.document(), expected=body.expected_version)
    return PolicyView.of(policy)


@router.get("/exposures")
async def exposures(
    caller: Reader,
    injected: Injected,
    subject: str | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Page[ExposureView]:
    """What is committed for each client, campaign and period: pending, approved, executed, and the cap."""
    found = await injected.rules.committed(caller.tenant, subject, limit)
    return Page(items=[ExposureView.model_validate(one, from_attributes=True) for one in found], next_cursor=None)


@router.get("/delegations")
async def delegations(caller: Reader, injected: Injected) -> Page[DelegationView]:
    """Who decides in whose place, now or later."""
    found = await injected.rules.delegations(caller.tenant)
    return Page(items=[DelegationView.model_validate(one, from_attributes=True) for one in found], next_cursor=None)


@router.post("/delegations", status_code=201)
async def delegate(body: DelegationRequest, caller: Reviewer, injected: Injected) -> DelegationView:
    """Let somebody decide in your place, in your roles, while you are away. Their vote for you is not also theirs."""
    made = await injected.rules.delegate(caller, body.delegate, body.starts_at, body.ends_at, body.reason)
    return DelegationView.model_validate(made, from_attributes=True)


@router.post("/delegations/{delegation_id}/revoke")
async def revoke(delegation_id: str, caller: Reviewer, injected: Injected) -> DelegationView:
    """End a delegation: who made it, or an administrator."""
    ended = await injected.rules.revoke_delegation(caller, delegation_id)
    return DelegationView.model_validate(ended, from_attributes=True)


@router.get("/post-reviews")
async def post_reviews(caller: Reader, injected: Injected) -> Page[PostReviewView]:
    """Actions that were released by breaking the glass, those still to be reviewed first."""
    found = await injected.rules.post_reviews(caller.tenant)
    return Page(items=[PostReviewView.model_validate(one, from_attributes=True) for one in found], next_cursor=None)


@router.post("/post-reviews/{action_id}/close")
async def close_review(
    action_id: str, body: CloseReviewRequest, caller: Reviewer, injected: Injected
) -> PostReviewView:
    """Write down what the review found: somebody who neither proposed nor released the action."""
    closed = await injected.rules.close_review(caller, action_id, body.finding)
    return PostReviewView.model_validate(closed, from_attributes=True)
