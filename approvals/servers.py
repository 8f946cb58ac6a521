"""The MCP servers as the queue sees them: re-validate edits, carry out, look up, take back."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any, cast

import httpx2
from pydantic import BaseModel, ValidationError

from approvals.domain import Action, Payload
from approvals.errors import EditRefused, NotReversible, ServerUnavailable
from approvals.outcomes import Answer
from kernel.auth import Principal, Scope, TokenClient
from kernel.gate.models import Evidence, Exposure, Provenance
from kernel.settings import MCP_SERVERS, Service, Settings


class UnknownServer(ServerUnavailable):
    """No server of this name is configured."""


class Prepared(BaseModel):
    """An action as its server would propose it now."""

    tool: str
    tool_schema_hash: str
    args: dict[str, Any]
    target_account: str
    target_state_digest: str
    target: dict[str, Any] = {}
    exposure: Exposure
    summary: str
    reversible: bool
    evidence: list[Evidence] = []
    provenance: Provenance = Provenance()

    def payload(
        self,
        tenant: str,
        server: str,
        *,
        requested_by: str,
        via: Sequence[str],
        policy_version: str,
        compensates: str | None = None,
    ) -> Payload:
        """What an approval of it would be an approval of."""
        return Payload(
            tenant=tenant,
            server=server,
            tool=self.tool,
            tool_schema_hash=self.tool_schema_hash,
            args=self.args,
            target_account=self.target_account,
            target_state_digest=self.target_state_digest,
            target=self.target,
            exposure=self.exposure.model_dump(mode="json"),
            summary=self.summary,
            reversible=self.reversible,
            evidence=[item.model_dump(mode="json") for item in self.evidence],
            provenance={
                "requested_by": requested_by,
                "via": list(via),
                **self.provenance.model_dump(mode="json"),
            },
            compensates=compensates,
            policy_version=policy_version,
        )

    def revising(self, action: Action, policy_version: str) -> Payload:
        """The same as the next revision of an action that is queued already."""
        return self.payload(
            action.tenant,
            action.server,
            requested_by=action.proposer,
            via=action.actors,
            policy_version=policy_version,
            compensates=action.compensates,
        )


def known_server(name: str) -> Service:
    """The service of a stored server name; raises UnknownServer."""
    for server in MCP_SERVERS:
        if server == name:
            return server
    raise UnknownServer(f"There is no server {name!r}.")


class Servers:
    def __init__(self, settings: Settings, tokens: TokenClient, http: httpx2.AsyncClient) -> None:
        self._settings = settings
        self._tokens = tokens
        self._http = http

    async def prepare(self, caller: Principal, name: str, tool: str, args: dict[str, Any]) -> Prepared:
        """What edited arguments would mean, asked of the owning server in the reviewer's name.

        Raises EditRefused with the server's reason, or ServerUnavailable.
        """
        answer = await self._ask(caller, name, "/gate/prepare", {"tool": tool, "args": args}, "approvals:decide")
        if answer.status != 200:
            reason = answer.body.get("detail", f"{name} answered {answer.status}.")
            field = answer.body.get("field")
            raise EditRefused(str(reason), field=f"args.{field}" if field else "args", fix=answer.body.get("fix"))
        return _prepared(name, answer.body)

    async def compensation(self, caller: Principal, action: Action) -> Prepared:
        """The action that would take an executed one back. Raises NotReversible or ServerUnavailable."""
        body = _identified(action) | {"receipt": action.receipt}
        answer = await self._ask(caller, action.server, "/gate/compensation", body, "approvals:read")
        if answer.status != 200:
            reason = answer.body.get("detail", f"{action.server} answered {answer.status}.")
            raise NotReversible(str(reason), fix=answer.body.get("fix"))
        return _prepared(action.server, answer.body)

    async def look_up(self, caller: Principal, action: Action) -> dict[str, Any] | None:
        """The receipt of what the outside holds of an action; None where it holds nothing. Raises ServerUnavailable."""
        answer = await self._ask(caller, action.server, "/gate/look-up", _identified(action), "approvals:decide")
        receipt: object = answer.body.get("receipt")
        if answer.status != 200 or "receipt" not in answer.body or not isinstance(receipt, dict | None):
            raise ServerUnavailable(
                f"{action.server} could not look: {answer.body.get('detail', answer.status)}.", fix="Try again later."
            )
        return cast("dict[str, Any] | None", receipt)

    async def execute(self, action: Action, grant: str) -> Answer:
        """Have an approved action carried out, with this process's own identity. Raises httpx2.HTTPError."""
        server = known_server(action.server)
        token = await self._tokens.client_credentials(server, ["actions:execute"])
        body = {"grant": grant, "canonical": _identified(action)["canonical"]}
        return await self._post(server, "/gate/execute", token, body)

    async def _ask(self, caller: Principal, name: str, path: str, body: dict[str, Any], scope: Scope) -> Answer:
        """Ask a server something in the caller's name. Raises ServerUnavailable."""
        server = known_server(name)
        token = await self._tokens.exchange(caller.token, server, [scope])
        try:
            answer = await self._post(server, path, token, body)
        except httpx2.HTTPError as error:
            raise ServerUnavailable(
                f"{server} does not answer ({type(error).__name__}).", fix="Try again in a moment."
            ) from error
        if answer.status >= 500 or answer.status == 401:
            raise ServerUnavailable(f"{server} answered {answer.status}.", fix="Try again in a moment.")
        return answer

    async def _post(self, server: Service, path: str, token: str, body: dict[str, Any]) -> Answer:
        response = await self._http.post(
            f"{self._settings.url(server)}{path}", json=body, headers={"Authorization": f"Bearer {token}"}
        )
        try:
            document: object = response.json()
        except ValueError:
            document = None
        known = cast("dict[str, Any]", document) if isinstance(document, dict) else {}
        return Answer(response.status_code, known)


def _identified(action: Action) -> dict[str, Any]:
    return {"action_id": action.id, "canonical": base64.b64encode(action.canonical).decode()}


def _prepared(server: str, body: Mapping[str, Any]) -> Prepared:
    try:
        return Prepared.model_validate(body)
    except ValidationError as error:
        raise ServerUnavailable(f"{server} answered in a form that is not its contract.") from error
