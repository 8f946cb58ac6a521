"""The keys that grants are signed with."""

from typing import Any

from fastapi import APIRouter

from approvals.routes.dependencies import Injected

router = APIRouter(tags=["about"])


@router.get("/.well-known/jwks.json")
async def grant_keys(injected: Injected) -> dict[str, list[dict[str, Any]]]:
    """The public keys that servers verify grants with (RFC 7517)."""
    return injected.signer.public_keys()
