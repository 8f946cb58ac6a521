"""Every tool of every server, called by every role and by the executor, with tokens of every kind."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from identity.keys import CLI_ASSERTION
from kernel.auth import Role
from kernel.auth.revocations import Denylist, Revocation, subject_key
from kernel.ids import new_id
from kernel.settings import MCP_SERVERS, Service
from tests.integration.access import table
from tests.integration.access.conftest import OURS, THEIRS
from tests.integration.access.estate import CALLERS, ROLES, Caller, Estate, scopes_for

NOT_AN_ARGUMENT = {"no_such_argument": 1}
"""A tool refuses it when the caller may call it, and before it does anything."""
Allowed = dict[table.Row, frozenset[Caller]]


@dataclass(frozen=True, slots=True)
class Challenge:
    """A WWW-Authenticate header."""

    parameters: dict[str, str]

    @classmethod
    def of(cls, header: str) -> "Challenge":
        assert header.startswith("Bearer "), header
        return cls(dict(re.findall(r'(\w+)="([^"]*)"', header)))


@pytest.fixture(scope="module")
async def tools(estate: Estate) -> list[table.Row]:
    """From the servers' own lists."""
    return [(name, tool.name) for name in MCP_SERVERS for tool in await estate.servers[name].all_tools()]


@pytest.fixture(scope="module")
def allowed(estate: Estate, tools: list[table.Row]) -> Allowed:
    """Who has every scope that a tool asks for."""
    return {
        (server, tool): frozenset(
            who for who in CALLERS if scopes_for(who, server).issuperset(estate.servers[server].scopes_of(tool))
        )
        for server, tool in tools
    }


@pytest.fixture
async def denylist(estate: Estate) -> AsyncIterator[Denylist]:
    opened = Denylist(estate.settings)
    yield opened
    await opened.aclose()


async def test_the_readme_says_who_may_call_which_tool(allowed: Allowed) -> None:
    table.update("tools by role", allowed)
    assert table.read("tools by role") == allowed, "Write the table anew with UPDATE_README=1."


async def test_every_role_calls_the_tools_that_the_readme_grants_and_no_others(
    estate: Estate, tools: list[table.Row]
) -> None:
    granted = table.read("tools by role")
    for who in CALLERS:
        for server, tool in tools:
            response, message = await estate.call(server, tool, NOT_AN_ARGUMENT, estate.token(who, server, tenant=OURS))
            if who in granted[server, tool]:
                assert response.status_code == 200, (who, tool, response.text)
                assert "unknown_argument" in str(message["result"]), (who, tool, message)
            elif who == "executor":
                assert response.status_code == 401, (tool, response.text)  # a token of no tenant
            else:
                assert response.status_code == 403, (who, tool, response.text)
                told = Challenge.of(response.headers["www-authenticate"]).parameters
                assert told["error"] == "insufficient_scope"
                assert told["scope"].split() == sorted(estate.servers[server].scopes_of(tool))
                assert told["resource_metadata"].endswith("/.well-known/oauth-protected-resource/mcp")


async def test_every_role_is_shown_the_tools_it_may_call(estate: Estate) -> None:
    granted = table.read("tools by role")
    for server in MCP_SERVERS:
        for role in ROLES:
            shown = {tool["name"] for tool in await estate.listed(server, estate.token(role, server, tenant=OURS))}
            assert shown == {tool for (name, tool), who in granted.items() if name == server and role in who}


async def test_clients_of_before_2026_meet_the_same_refusals(estate: Estate, tools: list[table.Row]) -> None:
    """Their requests say in the body alone which tool they call."""
    granted = table.read("tools by role")
    for role in ROLES:
        for server, tool in tools:
            message = {
                "jsonrpc": "2.0",
                "id": 1,
                "method": "tools/call",
                "params": {"name": tool, "arguments": NOT_AN_ARGUMENT},
            }
            response = await estate.http.post(
                estate.settings.audience(server),
                json=message,
                headers={
                    "Accept": "application/json, text/event-stream",
                    "MCP-Protocol-Version": "2025-11-25",
                    "Authorization": f"Bearer {estate.token(role, server, tenant=OURS)}",
                },
            )
            expected = 200 if role in granted[server, tool] else 403
            assert response.status_code == expected, (role, tool, response.text)
            assert ("unknown_argument" in response.text) is (expected == 200)


async def test_a_token_that_is_not_good_here_calls_nothing(
    estate: Estate, tools: list[table.Row], denylist: Denylist
) -> None:
    for server in MCP_SERVERS:
        for who in CALLERS:
            for kind, token in (await _bad_tokens(estate, denylist, who, server)).items():
                for name, tool in tools:
                    if name != server:
                        continue
                    response, _ = await estate.call(server, tool, NOT_AN_ARGUMENT, token)
                    assert response.status_code == 401, (kind, who, tool, response.text)
                    told = Challenge.of(response.headers["www-authenticate"]).parameters
                    assert told.get("error") == (None if token is None else "invalid_token")
                    assert told["resource_metadata"].endswith("/.well-known/oauth-protected-resource/mcp")
                    assert set(told["scope"].split()) <= scopes_for("admin", server)


@pytest.mark.parametrize("kind", ["token", "session", "subject"])
async def test_a_token_that_was_good_is_refused_at_every_server_once_it_is_revoked(
    estate: Estate, denylist: Denylist, kind: str
) -> None:
    subject, session, token_id = f"user:{new_id('u')}", new_id("sid"), new_id("tok")
    now = int(time.time())
    tokens: dict[Service, str] = {
        server: estate.token("viewer", server, tenant=OURS, sub=subject, sid=session, jti=token_id)
        for server in MCP_SERVERS
    }
    for server, token in tokens.items():
        assert await estate.listed(server, token)

    value = {"token": token_id, "session": session, "subject": subject_key(OURS, subject)}[kind]
    await denylist.add([Revocation(kind, value, now, now + 600)])  # pyright: ignore[reportArgumentType] - one of the kinds

    for server, token in tokens.items():
        async with asyncio.timeout(10):  # word of it takes a moment to come
            while True:
                response, _ = await estate.mcp(server, "tools/list", {}, token)
                if response.status_code == 401:
                    break
    other = estate.token("viewer", "ads", tenant=THEIRS, sub=subject)
    assert await estate.listed("ads", other), "the person of the same name in another tenant is another person"


@pytest.mark.parametrize("server", MCP_SERVERS)
@pytest.mark.parametrize("role", ROLES)
async def test_the_issuer_gives_each_role_the_scopes_that_these_tokens_carry(
    estate: Estate, role: Role, server: Service
) -> None:
    now = int(time.time())
    key = ECKey.import_key(json.loads(estate.settings.key_file(CLI_ASSERTION).read_text()))
    stated = {
        "iss": "cli",
        "sub": f"user:{role}",
        "tenant": OURS,
        "aud": f"{estate.settings.issuer}/oauth/token",
        "iat": now,
        "exp": now + 60,
        "jti": new_id("asr"),
    }
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": jwt.encode({"alg": "ES256"}, stated, key),
        "resource": estate.settings.audience(server),
    }
    answer = await estate.http.post(f"{estate.settings.issuer}/oauth/token", data=form)

    if scopes := scopes_for(role, server):
        assert set(answer.json()["scope"].split()) == scopes
    else:
        assert answer.json()["error"] == "invalid_scope"


async def _bad_tokens(estate: Estate, denylist: Denylist, who: Caller, server: Service) -> dict[str, str | None]:
    """A token of each kind that must open nothing, all of a role that a good one would serve."""
    now = int(time.time())
    elsewhere: Service = "crm" if server == "ads" else "ads"
    revoked = new_id("tok")
    await denylist.add([Revocation("token", revoked, now, now + 600)])
    claims: dict[str, Any] = {"tenant": OURS}
    return {
        "none": None,
        "of another audience": estate.token(who, server, aud=estate.settings.audience(elsewhere), **claims),
        "of several other audiences": estate.token(
            who, server, aud=[estate.settings.audience(elsewhere), estate.settings.issuer], **claims
        ),
        "expired": estate.token(who, server, iat=now - 900, exp=now - 300, **claims),
        "revoked": estate.token(who, server, jti=revoked, **claims),
        "of another issuer": estate.token(who, server, iss="https://issuer.example", **claims),
        "signed by another issuer": _forged(estate, who, server),
        "of no tenant": estate.token(who, server, tenant="") if who != "executor" else None,
    }


def _forged(estate: Estate, who: Caller, server: Service) -> str:
    """What the issuer would say, signed by somebody else under the issuer's key's name."""
    genuine = estate.token(who, server, tenant=OURS)
    kid = estate.signing.public()["keys"][0]["kid"]
    key = ECKey.generate_key("P-256", {"kid": kid})
    claims = estate.signing.verify(genuine)
    assert claims is not None
    return jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": kid}, claims, key)
