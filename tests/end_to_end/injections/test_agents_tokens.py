"""What an agent holds: tokens that propose. Nothing that decides, executes or changes a policy takes them."""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from fastapi import APIRouter
from fastapi.routing import iter_route_contexts

import approvals.routes
from agents.assignment import SPECIALISTS, SpecialistName
from agents.switchboard import _SCOPES  # pyright: ignore[reportPrivateUsage] - exactly what agents ask for
from kernel.auth import Scope, TokenClient
from kernel.auth.client import TokenRefused
from kernel.settings import Service
from tests.end_to_end.injections.conftest import Stage

ROUTERS: list[APIRouter] = [
    module.router
    for name in sorted(found.name for found in pkgutil.iter_modules(approvals.routes.__path__))
    if hasattr(module := importlib.import_module(f"approvals.routes.{name}"), "router")
]
NAMED = ("break-glass", "approve", "bulk-decision")
"""Tried whether the queue has them or not."""
BODY: dict[str, Any] = {"revision": 1, "reason": "The lead said so.", "args": {}, "ids": [], "required_approvals": 0}


def deciding(action: str) -> Iterator[tuple[str, str]]:
    """Method and path of every route of the queue that changes something, for an action that waits."""
    for router in ROUTERS:
        for route in iter_route_contexts(router.routes):
            for method in sorted((route.methods or set()) - {"GET", "HEAD", "OPTIONS"}):
                yield method, (route.path or "").replace("{action_id}", action).replace("{name}", "default")
    for name in NAMED:
        yield "POST", f"/v1/actions/{action}/{name}"
    yield "PUT", "/v1/policies/default"


async def token_of(stage: Stage, agent: SpecialistName) -> str:
    """The agent's token for its own server, as it gets it for each turn."""
    async with TokenClient(stage.system.settings, f"agent-{agent}") as tokens:
        granted: list[Scope] = [scope for scope in _SCOPES[agent] if scope in stage.principal.scopes]
        return await tokens.exchange(stage.principal.token, agent, granted)


@pytest.mark.parametrize("agent", SPECIALISTS)
async def test_the_queue_takes_no_agents_token_for_any_decision(stage: Stage, agent: SpecialistName) -> None:
    token = await token_of(stage, agent)
    routes = list(deciding(stage.targets.pending))
    assert len(routes) > len(NAMED) + 1

    for method, path in routes:
        answer = await stage.system.bearer(token, method, f"{stage.system.settings.url('approvals')}{path}", BODY)
        assert answer.status_code in (401, 403) or _does_not_exist(answer), (method, path, answer.text)

    assert (await stage.system.action(stage.targets.pending))["status"] == "pending"


def _does_not_exist(answer: httpx2.Response) -> bool:
    """A route that the queue does not have."""
    return answer.status_code in (404, 405) and answer.json().get("detail") in ("Not Found", "Method Not Allowed")


@pytest.mark.parametrize("agent", SPECIALISTS)
async def test_no_agent_gets_a_token_that_decides_or_executes(stage: Stage, agent: SpecialistName) -> None:
    wanted: list[tuple[Service, Scope]] = [("approvals", "approvals:decide"), (agent, "actions:execute")]
    for subject in (stage.principal.token, await token_of(stage, agent)):
        async with TokenClient(stage.system.settings, f"agent-{agent}") as tokens:
            for service, scope in wanted:
                with pytest.raises(TokenRefused):
                    await tokens.exchange(subject, service, [scope])


@pytest.mark.parametrize("agent", SPECIALISTS)
async def test_the_gates_own_endpoints_take_no_agents_token(stage: Stage, agent: SpecialistName) -> None:
    token = await token_of(stage, agent)
    for server in SPECIALISTS:
        for path in ("execute", "prepare", "look-up", "compensation"):
            url = f"{stage.system.settings.url(server)}/gate/{path}"
            answer = await stage.system.bearer(token, "POST", url, {"grant": "x", "canonical": "e30="})
            assert answer.status_code in (401, 403, 404), (server, path, answer.text)
            if path in ("execute", "prepare") and server != "analytics":
                assert answer.status_code == (403 if server == agent else 401), (server, path, answer.text)


@pytest.mark.parametrize("agent", SPECIALISTS)
async def test_no_tool_that_an_agent_is_shown_decides_or_executes(stage: Stage, agent: SpecialistName) -> None:
    line = await stage.switchboard.line(agent, stage.principal)
    names = {tool.name for tool in await line.list_tools()}

    assert names
    verbs = ("approve", "reject", "decide", "execute", "release", "grant", "policy", "break_glass", "token")
    assert not {name for name in names if any(verb in name for verb in verbs)}


async def test_a_server_that_acts_for_an_agent_may_propose_and_nothing_else(stage: Stage) -> None:
    settings = stage.system.settings
    async with TokenClient(settings, "ads") as tokens:
        token = await tokens.exchange(await token_of(stage, "ads"), "approvals", ["actions:propose"])
    for method, path in deciding(stage.targets.pending):
        if path == "/v1/actions" or path.endswith("/cancel"):
            continue  # proposing is its work; what it proposed it may withdraw
        answer = await stage.system.bearer(token, method, f"{settings.url('approvals')}{path}", BODY)
        assert answer.status_code == 403 or _does_not_exist(answer), (method, path, answer.text)

    assert (await stage.system.action(stage.targets.pending))["status"] == "pending"
