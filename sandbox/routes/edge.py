"""What every route needs first: the API key, the account, the fault a request runs into, the idempotency key."""

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Query, Request, Response
from pydantic import JsonValue

from kernel.auth.rest import InvalidRequest, bearer
from kernel.canonical import digest
from sandbox.controls import Controls
from sandbox.errors import InvalidApiKey, PlatformFailed, PlatformTimedOut, RateLimited
from sandbox.faults import FaultKind, Platform
from sandbox.service import Outcome, Sandbox, Write

RETRY_AFTER_SECONDS = 1


@dataclass(frozen=True, slots=True)
class Wiring:
    """What the composition root gives the routes, in `app.state.wiring`."""

    sandbox: Sandbox
    controls: Controls
    api_key: str
    timeout_seconds: float
    slow_seconds: float


@dataclass(frozen=True, slots=True)
class Call:
    """An admitted request, and the fault it runs into after its effect or instead of it."""

    account: str
    fault: FaultKind | None


def wiring(request: Request) -> Wiring:
    return request.app.state.wiring


def check_api_key(request: Request) -> None:
    """Raise InvalidApiKey unless the request carries the platforms' API key."""
    if not hmac.compare_digest(bearer(request).encode(), wiring(request).api_key.encode()):
        raise InvalidApiKey("This is not the sandbox's API key.", fix="Send the client secret of `sandbox`.")


def sandbox(request: Request) -> Sandbox:
    return wiring(request).sandbox


def controls(request: Request) -> Controls:
    return wiring(request).controls


SandboxDep = Annotated[Sandbox, Depends(sandbox)]
ControlsDep = Annotated[Controls, Depends(controls)]
Account = Annotated[str, Header(alias="X-Account", min_length=1, max_length=200)]
After = Annotated[str, Query(max_length=200)]
Limit = Annotated[int, Query(ge=1, le=500)]
Key = Annotated[str | None, Query(alias="idempotency_key", min_length=1, max_length=255)]
"""Only what writes with this idempotency key made or changed."""


def calls(service: Platform) -> Callable[..., Awaitable[Call]]:
    """A dependency that admits a request to a platform, or fails it as an injected fault says."""

    async def call(request: Request, account: Account) -> Call:
        fault = await controls(request).strike(account, service, request.method)
        match fault:
            case "rate_limit":
                raise RateLimited("Too many requests (injected).", fix=f"Try again in {RETRY_AFTER_SECONDS} s.")
            case "server_error":
                raise PlatformFailed("The platform failed (injected).", fix="Try again with the same key.")
            case "timeout":
                await hang(request)
            case "timeout_after_effect" | "lie" | None:
                pass
        return Call(account, fault)

    return call


def writes(service: Platform) -> Callable[..., Awaitable[Write]]:
    """A dependency that admits a write under its idempotency key."""

    async def write(
        request: Request,
        call: Annotated[Call, Depends(calls(service))],
        key: Annotated[str, Header(alias="Idempotency-Key", min_length=1, max_length=255)],
    ) -> Write:
        meaning = digest([request.method, request.url.path, await _json(request)])
        return Write(call.account, key, meaning, call.fault, await controls(request).kind(call.account, service))

    return write


async def _json(request: Request) -> JsonValue:
    body = await request.body()
    try:
        return json.loads(body) if body else None
    except ValueError as error:
        raise InvalidRequest("The body is not JSON.", field="body", fix="Send JSON, or nothing.") from error


async def hang(request: Request) -> None:
    """Keep the caller waiting, then give up on it."""
    await asyncio.sleep(wiring(request).timeout_seconds)
    raise PlatformTimedOut("The platform took too long (injected).", fix="Try again with the same key.")


async def answer(request: Request, write: Write, outcome: Outcome) -> Response:
    """The outcome as a response, unless a fault keeps it from the caller; late from a slow platform."""
    if write.fault == "timeout_after_effect":
        await hang(request)
    if write.kind == "slow" and not outcome.replayed:
        await asyncio.sleep(wiring(request).slow_seconds)
    headers = {"Idempotent-Replay": "true"} if outcome.replayed else None
    return Response(outcome.body, outcome.status, headers, media_type="application/json")
