"""Tokens and authorization responses that belong elsewhere: at another service, from another authorization server."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from mcp.client.auth import OAuthClientProvider, OAuthFlowError
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata
from pydantic import AnyUrl

from kernel.settings import MCP_SERVERS, Service
from tests.end_to_end.sdk_client import Memory, registered
from tests.integration.access.conftest import OURS
from tests.integration.access.estate import SERVICES, Estate

CALLBACK = "http://127.0.0.1:3777/callback"
ATTACKER = "https://attacker.example"
ENTRY = {"approvals": "/v1/actions", "hub": "/v1/clients", "orchestrator": "/v1/threads", "identity": "/v1/users"}
ALL: tuple[Service, ...] = (*SERVICES, "identity")


@pytest.mark.parametrize("service", ALL)
async def test_a_token_opens_the_service_it_was_issued_for_and_no_other(estate: Estate, service: Service) -> None:
    token = estate.token("admin", service, tenant=OURS)
    for other in ALL:
        if other in MCP_SERVERS:
            answer, _ = await estate.mcp(other, "tools/list", {}, token)
        else:
            answer = await estate.rest(other, "GET", ENTRY[other], token)
        assert answer.status_code == (200 if other == service else 401), (service, other, answer.text)


async def test_what_the_issuer_sends_back_to_a_client_names_the_issuer(estate: Estate) -> None:
    asked = {
        "response_type": "code",
        "client_id": "mcp-client",
        "redirect_uri": CALLBACK,
        "state": "s-1",
        "prompt": "none",  # nobody is signed in
        "resource": estate.settings.audience("ads"),
        "code_challenge": "c" * 43,
        "code_challenge_method": "S256",
    }
    answer = await estate.http.get(f"{estate.settings.issuer}/oauth/authorize", params=asked)

    assert answer.headers["location"].startswith(f"{CALLBACK}?")
    told = parse_qs(urlsplit(answer.headers["location"]).query)
    assert (told["iss"], told["state"], told["error"]) == ([estate.settings.issuer], ["s-1"], ["login_required"])


@dataclass
class Desk:
    """The official SDK's client, whose browser comes back with whatever a test makes of the answer."""

    server: str
    answer: Callable[[dict[str, str]], AuthorizationCodeResult]
    asked: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    memory: Memory = field(default_factory=lambda: Memory(client=registered("mcp-client")))

    async def follow(self, url: str) -> None:
        self.asked.append({name: values[0] for name, values in parse_qs(urlsplit(url).query).items()})

    async def come_back(self) -> AuthorizationCodeResult:
        return self.answer(self.asked[-1])

    def provider(self) -> OAuthClientProvider:
        metadata = OAuthClientMetadata(client_name="Desk", redirect_uris=[AnyUrl(CALLBACK)])
        return OAuthClientProvider(self.server, metadata, self.memory, self.follow, self.come_back)

    async def connect(self, transport: httpx2.AsyncBaseTransport | None = None) -> httpx2.Response:
        """One request to the server, signing in where it is asked to."""
        async with httpx2.AsyncClient(auth=self.provider(), transport=transport, trust_env=False) as http:
            return await http.post(self.server, json={})


def _exchanges(estate: Estate) -> int:
    return len([seen for seen in estate.received if seen.path == "/oauth/token"])


@pytest.mark.parametrize(
    ("iss", "refusal"),
    [(ATTACKER, "iss mismatch"), (None, "missing iss parameter advertised"), ("", "iss mismatch")],
)
async def test_the_official_client_refuses_an_answer_of_another_issuer(
    estate: Estate, iss: str | None, refusal: str
) -> None:
    """It can, because our metadata says that answers name the issuer. The code is shown to nobody."""
    desk = Desk(
        estate.settings.audience("ads"),
        lambda asked: AuthorizationCodeResult(code="stolen", state=asked["state"], iss=iss),
    )
    estate.received.clear()

    with pytest.raises(OAuthFlowError, match=refusal):
        await desk.connect()

    assert desk.asked[0]["resource"] == estate.settings.audience("ads")
    assert _exchanges(estate) == 0


async def test_an_answer_that_names_our_issuer_is_taken_to_our_token_endpoint(estate: Estate) -> None:
    desk = Desk(
        estate.settings.audience("ads"),
        lambda asked: AuthorizationCodeResult(code="no code", state=asked["state"], iss=estate.settings.issuer),
    )
    estate.received.clear()

    with pytest.raises(Exception, match="invalid_grant"):
        await desk.connect()

    assert _exchanges(estate) == 1


async def test_the_official_client_refuses_an_authorization_server_that_calls_itself_by_our_name(
    estate: Estate,
) -> None:
    """A malicious resource sends clients to its own authorization server, which claims to be our issuer."""
    metadata = (await estate.http.get(f"{estate.settings.issuer}/.well-known/oauth-authorization-server")).json()
    evil = Scripted({"resource": f"{ATTACKER}/mcp", "authorization_servers": [ATTACKER]}, metadata)
    desk = Desk(f"{ATTACKER}/mcp", lambda asked: AuthorizationCodeResult(code="x", state=asked["state"]))

    with pytest.raises(OAuthFlowError, match="issuer mismatch"):
        await desk.connect(evil)

    assert desk.asked == []


async def test_the_official_client_asks_for_no_token_that_a_malicious_resource_could_use_here(estate: Estate) -> None:
    """It may name our issuer, but not our resource: what is asked for would be the attacker's audience."""
    ours = estate.settings.audience("ads")
    evil = Scripted({"resource": ours, "authorization_servers": [estate.settings.issuer]}, {})
    desk = Desk(f"{ATTACKER}/mcp", lambda asked: AuthorizationCodeResult(code="x", state=asked["state"]))

    with pytest.raises(OAuthFlowError, match="does not match"):
        await desk.connect(evil)

    assert desk.asked == []


class Scripted(httpx2.AsyncBaseTransport):
    """A malicious resource: it asks for a token, and describes itself and its authorization server as told."""

    def __init__(self, resource: dict[str, Any], server: dict[str, Any]) -> None:
        self._resource = resource
        self._server = server

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        if path.startswith("/.well-known/oauth-protected-resource"):
            return httpx2.Response(200, json=self._resource, request=request)
        if path.startswith("/.well-known/"):
            return httpx2.Response(200, json=self._server, request=request)
        return httpx2.Response(401, headers={"WWW-Authenticate": "Bearer"}, request=request)
