"""The approval queue as a server sees it: propose an action, look, withdraw. Unreachable means closed."""

from datetime import datetime
from typing import Any, Protocol
from urllib.parse import quote

import httpx2
from pydantic import Field, TypeAdapter

from kernel.auth import Principal, TokenClient
from kernel.gate.errors import ApprovalNotFound, ApprovalsUnavailable, ProposalRefused
from kernel.gate.models import ActionView, Evidence
from kernel.settings import Settings

_PENDING_AT_ONCE = 100


class ActionCard(ActionView):
    """All that the queue shows of an action to who may look at it, without its canonical bytes."""

    server: str
    tool: str
    args: dict[str, Any] = Field(description="Decoded from the bytes that would be executed.")
    reversible: bool
    evidence: list[Evidence]
    revision: int
    digest: str = Field(description="Of the bytes that are approved.")
    proposer: str
    approvals: int = Field(description="Approvals of the present digest that count.")
    required_approvals: int
    created_at: datetime
    decided_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def changed_at(self) -> datetime:
        """When its state last changed, as far as it is shown."""
        return self.finished_at or self.decided_at or self.created_at


class Queue(Protocol):
    async def propose(self, principal: Principal, action: dict[str, Any]) -> ActionView: ...

    async def get(self, principal: Principal, approval_id: str) -> ActionCard: ...

    async def pending(self, principal: Principal) -> list[ActionCard]:
        """The newest actions of the caller's tenant that wait for a decision; the caller may read approvals."""
        ...

    async def cancel(self, principal: Principal, approval_id: str, *, revision: int, reason: str) -> ActionCard:
        """Withdraw an action of the caller's own. Raises ProposalRefused when that is too late or not theirs."""
        ...


class ApprovalQueue:
    """Speaks to the approvals API with a token exchanged for the caller's, the server named in `act`."""

    def __init__(self, settings: Settings, tokens: TokenClient, http: httpx2.AsyncClient) -> None:
        self._base = settings.url("approvals")
        self._tokens = tokens
        self._http = http

    async def propose(self, principal: Principal, action: dict[str, Any]) -> ActionView:
        token = await self._tokens.exchange(principal.token, "approvals", ["actions:propose"])
        answer = await self._call("POST", "/v1/actions", token, action)
        return ActionView.model_validate(_document(answer))

    async def get(self, principal: Principal, approval_id: str) -> ActionCard:
        token = await self._tokens.exchange(principal.token, "approvals", ["approvals:read"])
        return ActionCard.model_validate(_document(await self._call("GET", _path(approval_id), token)))

    async def pending(self, principal: Principal) -> list[ActionCard]:
        token = await self._tokens.exchange(principal.token, "approvals", ["approvals:read"])
        path = f"/v1/actions?status=pending&limit={_PENDING_AT_ONCE}"
        return _CARDS.validate_python(_document(await self._call("GET", path, token))["items"])

    async def cancel(self, principal: Principal, approval_id: str, *, revision: int, reason: str) -> ActionCard:
        token = await self._tokens.exchange(principal.token, "approvals", ["actions:propose"])
        body = {"revision": revision, "reason": reason}
        answer = await self._call("POST", f"{_path(approval_id)}/cancel", token, body)
        return ActionCard.model_validate(_document(answer))

    async def _call(self, method: str, path: str, token: str, body: dict[str, Any] | None = None) -> httpx2.Response:
        try:
            return await self._http.request(
                method, f"{self._base}{path}", json=body, headers={"Authorization": f"Bearer {token}"}
            )
        except httpx2.HTTPError as error:
            raise ApprovalsUnavailable(
                f"The approval queue does not answer ({type(error).__name__}), so nothing was changed.",
                fix="Try again in a moment.",
            ) from error


_CARDS = TypeAdapter(list[ActionCard])


def _path(approval_id: str) -> str:
    """Where an action is; whatever a client sent as its id stays one segment."""
    return f"/v1/actions/{quote(approval_id, safe='')}"


def _document(response: httpx2.Response) -> dict[str, Any]:
    if response.is_success:
        return response.json()
    if response.status_code >= 500:
        raise ApprovalsUnavailable(f"The approval queue answered {response.status_code}.", fix="Try again in a moment.")
    problem: dict[str, Any] = response.json()
    message = str(problem.get("detail", f"The approval queue answered {response.status_code}."))
    if response.status_code == 404:
        raise ApprovalNotFound(message, field="approval_id", fix="Use an approval_id that a gated tool returned.")
    raise ProposalRefused(message, field=problem.get("field"), fix=problem.get("fix"))
