"""The approval queue as a server sees it: propose an action, look one up. Unreachable means closed."""

from typing import Any, Protocol

import httpx2

from kernel.auth import Principal, TokenClient
from kernel.gate.errors import ApprovalNotFound, ApprovalsUnavailable, ProposalRefused
from kernel.gate.models import ActionView
from kernel.settings import Settings


class Queue(Protocol):
    async def propose(self, principal: Principal, action: dict[str, Any]) -> ActionView: ...

    async def get(self, principal: Principal, approval_id: str) -> ActionView: ...


class ApprovalQueue:
    """Speaks to the approvals API with a token exchanged for the caller's, the server named in `act`."""

    def __init__(self, settings: Settings, tokens: TokenClient, http: httpx2.AsyncClient) -> None:
        self._base = settings.url("approvals")
        self._tokens = tokens
        self._http = http

    async def propose(self, principal: Principal, action: dict[str, Any]) -> ActionView:
        token = await self._tokens.exchange(principal.token, "approvals", ["actions:propose"])
        return _view(await self._call("POST", "/v1/actions", token, action))

    async def get(self, principal: Principal, approval_id: str) -> ActionView:
        token = await self._tokens.exchange(principal.token, "approvals", ["approvals:read"])
        return _view(await self._call("GET", f"/v1/actions/{approval_id}", token))

    async def _call(self, method: str, path: str, token: str, body: dict[str, Any] | None = None) -> httpx2.Response:
        try:
            return await self._http.request(
                method, f"{self._base}{path}", json=body, headers={"Authorization": f"Bearer {token}"}
            )
        except httpx2.HTTPError as error:
            raise ApprovalsUnavailable(
                f"The approval queue does not answer ({type(error).__name__}), so nothing was proposed.",
                fix="Try again in a moment.",
            ) from error


def _view(response: httpx2.Response) -> ActionView:
    if response.is_success:
        return ActionView.model_validate(response.json())
    if response.status_code >= 500:
        raise ApprovalsUnavailable(f"The approval queue answered {response.status_code}.", fix="Try again in a moment.")
    problem: dict[str, Any] = response.json()
    message = str(problem.get("detail", f"The approval queue answered {response.status_code}."))
    if response.status_code == 404:
        raise ApprovalNotFound(message, field="approval_id", fix="Use an approval_id that a gated tool returned.")
    raise ProposalRefused(message, field=problem.get("field"), fix=problem.get("fix"))
