"""What the queue is and works by: its policies, and the keys that its grants are signed with."""

from typing import Any

from fastapi import APIRouter

from approvals.routes.dependencies import Injected, Reader
from approvals.views import Page, PolicyView

router = APIRouter(tags=["about"])


@router.get("/v1/policies")
async def policies(_caller: Reader, injected: Injected) -> Page[PolicyView]:
    """The rules in force: approvals needed, time to decide, four eyes."""
    return Page(items=[PolicyView.of(injected.service.policy)], next_cursor=None)


@router.get("/.well-known/jwks.json")
async def grant_keys(injected: Injected) -> dict[str, list[dict[str, Any]]]:
    """The public keys that servers verify grants with (RFC 7517)."""
    return injected.signer.public_keys()
