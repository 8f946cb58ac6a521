"""Every REST route of every service, from the apps' own lists, called by every role with tokens of every kind."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts

from identity.revoking import Revoker
from kernel.auth.revocations import Denylist
from kernel.database import Database
from kernel.ids import new_id
from kernel.settings import Service
from tests.integration.access import table
from tests.integration.access.conftest import OURS
from tests.integration.access.estate import CALLERS, ROLES, Caller, Estate

OPEN = {
    "/healthz": "whether the process lives",
    "/readyz": "whether what it depends on answers",
    "/.well-known/": "what a client must know before it has a token",
    "/openapi.json": "the description of the routes, which is public with the code",
    "/docs": "the same, to be read",
    "/redoc": "the same, to be read",
    "/oauth/authorize": "a page of a browser session",
    "/oauth/token": "where tokens come from: the client proves itself, and its grant",
    "/oauth/revoke": "the client proves itself",
    "/oauth/introspect": "the client proves itself",
    "/oauth/register": "closed unless it is switched on; then anybody may",
    "/sign-in": "a page that asks who it is",
    "/sign-out": "a page of a browser session",
    "/account": "a page of a browser session",
    "/invitation": "a page that an invitation's secret opens",
    "/assets": "style sheets of the pages",
}
"""Beginnings of paths that need no bearer token, with their reasons."""
ELSEWHERE: frozenset[Service] = frozenset({"sandbox"})
"""The simulated outside world takes its own API key, not tokens."""
OF_THE_SIGN_IN = "/oauth/userinfo"
"""It answers who signed in, to a token with the scope `openid`: no role's, and no resource's."""
OPERATOR = "solid-demo"
MCP = "/mcp"  # test_tools_by_role calls it
PROPOSAL: dict[str, Any] = {
    "server": "ads", "tool": "launch_campaign", "tool_schema_hash": f"sha256:{'a' * 64}", "args": {},
    "target_account": "acct-1", "target_state_digest": f"sha256:{'b' * 64}", "summary": "A forged one.",
    "reversible": True,
}  # fmt: skip
WHOLE: dict[table.Row, dict[str, Any]] = {("approvals", "POST /v1/actions"): PROPOSAL}
"""Bodies where only a whole one shows that more than a scope is asked."""


def routes(estate: Estate) -> Iterator[table.Row]:
    """(service, method and path) of everything that takes a token."""
    for service, app in estate.apps.items():
        if service in ELSEWHERE:
            continue
        for route in iter_route_contexts(app.routes):
            path = route.path or ""
            if path == MCP or path.startswith(tuple(OPEN)):
                continue
            assert route.methods, f"{service}: say how to call {path}"
            for method in sorted(route.methods - {"HEAD", "OPTIONS"}):
                yield service, f"{method} {path}"


async def _status(estate: Estate, row: table.Row, token: str | None) -> tuple[int, str, str]:
    service, entry = row
    method, _, path = entry.partition(" ")
    for name in _names(path):
        path = path.replace(name, "unknown")
    body = WHOLE.get(row, {}) if method in ("POST", "PUT", "PATCH") else None
    response = await estate.rest(service, method, path, token, body=body)
    text = "" if response.headers.get("content-type", "").startswith("text/event-stream") else response.text
    return response.status_code, response.headers.get("www-authenticate", ""), text


def _names(path: str) -> list[str]:
    return [part for part in path.split("/") if part.startswith("{")]


@pytest.fixture(scope="module")
async def enforced(estate: Estate) -> dict[table.Row, frozenset[Caller]]:
    """Whom the running services let through, each asked as everybody."""
    found: dict[table.Row, frozenset[Caller]] = {}
    for row in routes(estate):
        if row[1].endswith(OF_THE_SIGN_IN):
            continue
        through: set[Caller] = set()
        for who in CALLERS:
            status, challenge, text = await _status(estate, row, estate.token(who, row[0], tenant=OURS))
            assert status < 500, (row, who, text)
            if status not in (401, 403):
                through.add(who)
            elif "insufficient_scope" in text:
                assert 'error="insufficient_scope"' in challenge, (row, challenge)
                assert "resource_metadata=" in challenge, (row, challenge)
        found[row] = frozenset(through)
    return found


async def test_every_role_uses_the_routes_that_the_readme_grants_and_no_others(
    enforced: dict[table.Row, frozenset[Caller]],
) -> None:
    table.update("routes by role", enforced)
    assert table.read("routes by role") == enforced, "Write the table anew with UPDATE_README=1."


async def test_no_route_is_let_through_without_a_good_token(estate: Estate) -> None:
    now, revoked = int(time.time()), new_id("tok")
    await _revoke(estate, revoked, now + 600)
    for row in routes(estate):
        service = row[0]
        asked = {"scope": "openid"} if row[1].endswith(OF_THE_SIGN_IN) else {}
        elsewhere: Service = "hub" if service == "approvals" else "approvals"
        for who in CALLERS:
            tokens = {
                "none": None,
                "of another audience": estate.token(
                    who, service, tenant=OURS, aud=estate.settings.audience(elsewhere), **asked
                ),
                "expired": estate.token(who, service, tenant=OURS, iat=now - 900, exp=now - 300, **asked),
                "revoked": estate.token(who, service, tenant=OURS, jti=revoked, **asked),
                "of another issuer": estate.token(who, service, tenant=OURS, iss="https://issuer.example", **asked),
            }
            for kind, token in tokens.items():
                status, challenge, text = await _status(estate, row, token)
                assert status == 401, (row, kind, text)
                assert challenge.startswith("Bearer "), (row, kind, challenge)
                assert "resource_metadata=" in challenge or row[1].endswith(OF_THE_SIGN_IN), (row, kind, challenge)


async def _revoke(estate: Estate, token_id: str, expires_at: int) -> None:
    """As the issuer does: kept for good, and told to every service."""
    denylist = Denylist(estate.settings)
    async with Database.open(estate.settings.role_database_url("promptsales_identity")) as database:
        await Revoker(database, denylist).token(token_id, expires_at)
    await denylist.aclose()


async def test_the_installation_is_run_by_the_operators_administrators_alone(
    estate: Estate, enforced: dict[table.Row, frozenset[Caller]]
) -> None:
    """What no role of an ordinary tenant may, the same role of the operating tenant may: nobody else of it."""
    operators = [row for row, who in enforced.items() if row[0] == "identity" and not who]
    assert ("identity", "GET /v1/tenants") in operators
    for row in operators:
        for who in ROLES:
            status, _, text = await _status(estate, row, estate.token(who, "identity", tenant=OPERATOR))
            assert (status not in (401, 403)) is (who == "admin"), (row, who, status, text)
