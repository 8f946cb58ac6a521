"""What every route is given: the caller, and the use cases of this process."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, cast

from fastapi import Depends, Header, Request

from approvals.audit_verification import AuditVerifier
from approvals.feed import AuditFeed
from approvals.grants import GrantSigner
from approvals.notices.log import NoticeLog
from approvals.recovery import Recovery
from approvals.requests import Requests
from approvals.rules import Rules
from approvals.service import ApprovalService
from kernel.auth import Principal, Scope, TokenVerifier
from kernel.auth.rest import guard


@dataclass(frozen=True, slots=True)
class Dependencies:
    service: ApprovalService
    rules: Rules
    recovery: Recovery
    requests: Requests
    bulk_caps: dict[str, Decimal]
    """Most that may be approved at once, by unit."""
    verifier: TokenVerifier
    signer: GrantSigner
    feed: AuditFeed
    verifying: AuditVerifier
    notices: NoticeLog
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
Key = Annotated[str | None, Header(alias="Idempotency-Key", max_length=200)]
