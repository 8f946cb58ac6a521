"""What every route is given: the caller, and the use cases of this process."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from approvals.grants import GrantSigner
from approvals.notifications import AuditFeed
from approvals.service import ApprovalService
from kernel.auth import Principal, Scope, TokenVerifier
from kernel.auth.rest import guard


@dataclass(frozen=True, slots=True)
class Dependencies:
    service: ApprovalService
    verifier: TokenVerifier
    signer: GrantSigner
    feed: AuditFeed
    base_url: str


def dependencies(request: Request) -> Dependencies:
    return cast("Dependencies", request.app.state.dependencies)


def caller(*scopes: Scope) -> Callable[[Request], Awaitable[Principal]]:
    """The verified principal, who has every one of these scopes."""

    async def principal(request: Request) -> Principal:
        return await guard(dependencies(request).verifier, *scopes)(request)

    return principal


Injected = Annotated[Dependencies, Depends(dependencies)]
Anyone = Annotated[Principal, Depends(caller())]
Proposer = Annotated[Principal, Depends(caller("actions:propose"))]
Reader = Annotated[Principal, Depends(caller("approvals:read"))]
Reviewer = Annotated[Principal, Depends(caller("approvals:decide"))]
