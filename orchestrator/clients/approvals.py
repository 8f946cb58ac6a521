"""The approval queue, as the person who asks may see it. The queue alone knows what became of a proposal."""

from typing import Any, cast

import httpx2

from kernel.auth import Principal, Scope, TokenClient
from kernel.gate.models import ActionView, outcome
from kernel.settings import Settings
from orchestrator.domain.strategy import ApprovalRef
from orchestrator.errors import ApprovalsUnavailable

_SCOPES: tuple[Scope, ...] = ("approvals:read", "actions:propose")
_OPEN = frozenset({"PENDING", "APPROVED"})


class Approvals:
    def __init__(self, settings: Settings, tokens: TokenClient, http: httpx2.AsyncClient) -> None:
        self._base = settings.url("approvals")
        self._tokens = tokens
        self._http = http

    async def pending(self, principal: Principal, limit: int = 50) -> list[dict[str, Any]]:
        """What waits for a decision, newest first. Raises InsufficientScope without approvals:read."""
        principal.require("approvals:read")
        found = await self._ask(principal, "GET", f"/v1/actions?status=pending&limit={limit}")
        return cast("list[dict[str, Any]]", found["items"])

    async def show(self, principal: Principal, action_id: str) -> dict[str, Any]:
        """One action as it is now. Its proposer may always see it."""
        return await self._ask(principal, "GET", f"/v1/actions/{action_id}")

    async def withdraw(self, principal: Principal, action_id: str, reason: str) -> bool:
        """Cancel an undecided or unexecuted action; False when it is too late for that."""
        action = await self.show(principal, action_id)
        if str(action["status"]).upper() not in _OPEN:
            return False
        body = {"revision": action["revision"], "reason": reason}
        answer = await self._send(principal, "POST", f"/v1/actions/{action_id}/cancel", body)
        return answer.status_code == 200

    async def refreshed(self, principal: Principal, reference: ApprovalRef) -> ApprovalRef:
        """The reference with the status the queue gives it now."""
        action = await self.show(principal, reference.id)
        return reference.model_copy(update={"status": outcome(ActionView.model_validate(action)).status})

    async def _ask(self, principal: Principal, method: str, path: str) -> dict[str, Any]:
        answer = await self._send(principal, method, path, None)
        if answer.status_code != 200:
            raise ApprovalsUnavailable(f"The approval queue answered {answer.status_code} to {method} {path}.")
        return cast("dict[str, Any]", answer.json())

    async def _send(self, principal: Principal, method: str, path: str, body: dict[str, Any] | None) -> httpx2.Response:
        granted: list[Scope] = [scope for scope in _SCOPES if scope in principal.scopes]
        token = await self._tokens.exchange(principal.token, "approvals", granted)
        try:
            return await self._http.request(
                method, f"{self._base}{path}", json=body, headers={"Authorization": f"Bearer {token}"}
            )
        except httpx2.HTTPError as error:
            raise ApprovalsUnavailable(
                f"The approval queue does not answer ({type(error).__name__}).", fix="Try again in a moment."
            ) from error
