"""The MCP servers as the queue sees them: re-validate edited arguments, carry an approved action out."""

import base64
from typing import Any, cast

import httpx2
from pydantic import BaseModel, ValidationError

from approvals.domain import Action
from approvals.errors import EditRefused, ServerUnavailable
from approvals.outcomes import Answer
from kernel.auth import Principal, TokenClient
from kernel.gate.models import Evidence, Exposure
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
    exposure: Exposure
    summary: str
    reversible: bool
    evidence: list[Evidence] = []


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
        server = known_server(name)
        token = await self._tokens.exchange(caller.token, server, ["approvals:decide"])
        try:
            answer = await self._post(server, "/gate/prepare", token, {"tool": tool, "args": args})
        except httpx2.HTTPError as error:
            raise ServerUnavailable(
                f"{server} does not answer ({type(error).__name__}).", fix="Try the edit again in a moment."
            ) from error
        if answer.status >= 500 or answer.status == 401:
            raise ServerUnavailable(f"{server} answered {answer.status}.", fix="Try the edit again in a moment.")
        if answer.status != 200:
            reason = answer.body.get("detail", f"{server} answered {answer.status}.")
            field = answer.body.get("field")
            raise EditRefused(str(reason), field=f"args.{field}" if field else "args", fix=answer.body.get("fix"))
        try:
            return Prepared.model_validate(answer.body)
        except ValidationError as error:
            raise ServerUnavailable(f"{server} answered in a form that is not its contract.") from error

    async def execute(self, action: Action, grant: str) -> Answer:
        """Have an approved action carried out, with this process's own identity. Raises httpx2.HTTPError."""
        server = known_server(action.server)
        token = await self._tokens.client_credentials(server, ["actions:execute"])
        body = {"grant": grant, "canonical": base64.b64encode(action.canonical).decode()}
        return await self._post(server, "/gate/execute", token, body)

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
