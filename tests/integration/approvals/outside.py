"""What the queue talks to in these tests: an ads server that speaks the gate's endpoints, over real HTTP."""

import asyncio
import base64
import contextlib
import json
from collections import deque
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Literal

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from kernel.auth import TokenVerifier
from kernel.auth.rest import bearer
from kernel.canonical import digest, digest_of
from kernel.errors import PromptSalesError
from kernel.gate.grants import Grant, GrantVerifier
from kernel.settings import Service, Settings
from kernel.web import RequestContext, problem_response
from tests.integration.approvals.support import SCHEMA_HASH, TARGET_STATE

Behaviour = Literal[
    "obey", "refuse", "drift", "unknown", "lie", "hide", "error", "silent_after_effect", "hold", "garbled"
]  # fmt: skip
MOST = 5000


class FakeAds:
    """One gated tool, `change_budget`. Effects are kept by action id, so a repeat is none."""

    def __init__(self, settings: Settings, verifier: TokenVerifier) -> None:
        self._tokens = verifier
        self._grants = GrantVerifier(settings, "ads")
        self.script: deque[Behaviour] = deque()
        """How the next calls behave; obedient when it is empty."""
        self.effects: dict[str, dict[str, Any]] = {}
        self.calls: list[Grant] = []
        self.prepared_for: list[tuple[str, tuple[str, ...]]] = []
        self.effect_made = asyncio.Event()
        self.release = asyncio.Event()
        """Lets calls that hold their answer go on."""
        self.app = Starlette(
            routes=[
                Route("/gate/prepare", self._prepare, methods=["POST"]),
                Route("/gate/execute", self._execute, methods=["POST"]),
                Route("/gate/look-up", self._look_up, methods=["POST"]),
                Route("/gate/compensation", self._compensation, methods=["POST"]),
            ]
        )

    def reset(self) -> None:
        self.script.clear()
        self.effects.clear()
        self.calls.clear()
        self.prepared_for.clear()
        self.effect_made.clear()
        self.release.clear()

    async def _prepare(self, request: Request) -> Response:
        caller = await self._tokens.verify(bearer(request))
        assert caller.actors[0] == "approvals"
        self.prepared_for.append((caller.subject, caller.actors))
        body = await request.json()
        budget = str(body["args"].get("budget", ""))
        if not budget.isdigit() or int(budget) > MOST:
            problem = {"code": "budget_exceeded", "detail": f"{budget} is over {MOST}.", "field": "budget"}
            return JSONResponse(problem, status_code=422)
        return JSONResponse(prepared(budget))

    async def _look_up(self, request: Request) -> Response:
        caller = await self._tokens.verify(bearer(request))
        assert caller.actors[0] == "approvals"
        body = await request.json()
        return JSONResponse({"receipt": self.effects.get(body["action_id"])})

    async def _compensation(self, request: Request) -> Response:
        caller = await self._tokens.verify(bearer(request))
        assert caller.actors[0] == "approvals"
        body = await request.json()
        args = json.loads(base64.b64decode(body["canonical"]))["args"]
        if int(args["budget"]) < 100:
            problem = {"code": "not_reversible", "detail": "So little is not taken back."}
            return JSONResponse(problem, status_code=409)
        return JSONResponse(prepared("100"))

    async def _execute(self, request: Request) -> Response:
        try:
            caller = await self._tokens.verify(bearer(request))
            caller.require("actions:execute")
            body = await request.json()
            grant = await self._grants.verify(body["grant"])
        except PromptSalesError as error:
            return problem_response(error)
        canonical = base64.b64decode(body["canonical"])
        assert digest_of(canonical) == grant.digest
        assert (caller.client_id, caller.actors) == ("executor", ())
        assert grant.token_id not in {call.token_id for call in self.calls}
        self.calls.append(grant)
        return await self._behave(self.script.popleft() if self.script else "obey", grant)

    async def _behave(self, behaviour: Behaviour, grant: Grant) -> Response:
        match behaviour:
            case "refuse":
                return JSONResponse({"code": "campaign_not_live", "detail": "It ended."}, status_code=409)
            case "drift":
                now = prepared("950") | {"target": {"status": "paused"}, "target_state_digest": digest("paused")}
                problem = {"code": "target_drifted", "detail": "It changed.", "prepared": now}
                return JSONResponse(problem, status_code=409)
            case "unknown":
                return JSONResponse({"code": "outcome_unknown", "detail": "It may have."}, status_code=409)
            case "error":
                return JSONResponse({"code": "unavailable"}, status_code=503)
            case "garbled":
                return Response("<html>", status_code=200)
            case _:
                receipt = self.effects.setdefault(grant.action_id, _receipt(behaviour))
                self.effect_made.set()
        if behaviour == "silent_after_effect":
            await asyncio.Event().wait()
        if behaviour == "hold":
            await self.release.wait()
        return JSONResponse({"receipt": receipt})


def prepared(budget: str) -> dict[str, Any]:
    return {
        "server": "ads",
        "tool": "change_budget",
        "tool_schema_hash": SCHEMA_HASH,
        "args": {"campaign_id": "cmp_1", "budget": budget},
        "target_account": "acct-1",
        "target_state_digest": TARGET_STATE,
        "target": {"status": "active"},
        "exposure": {"amount": f"{budget}.00", "currency": "USD", "client": "Acme", "campaign_id": "cmp_1"},
        "summary": f"Set the budget of cmp_1 to {budget} USD.",
        "reversible": True,
        "evidence": [{"title": "State", "detail": digest({"budget": budget}), "source": "ads"}],
    }


def _receipt(behaviour: Behaviour) -> dict[str, Any]:
    requested, applied = {"budget": "900"}, {"budget": "900" if behaviour not in ("lie", "hide") else "100"}
    difference = {"field": "budget", "requested": "900", "applied": "100"}
    return {
        "platform": "sandbox ads",
        "platform_id": "p1",
        "sandbox": True,
        "requested": requested,
        "applied": applied,
        "differences": [difference] if behaviour == "lie" else [],
        "applied_at": "2026-11-22T00:00:00Z",
    }


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Signals stay the test runner's."""
        yield


@asynccontextmanager
async def served(app: ASGIApp, settings: Settings, service: Service) -> AsyncGenerator[None]:
    """Serve an app at its service's address."""
    config = uvicorn.Config(
        RequestContext(app),
        port=settings.port(service),
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        if serving.done():
            serving.result()
        await asyncio.sleep(0.005)
    try:
        yield
    finally:
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await serving
