"""The endpoints of a server that no model can see: for the executor, and for the queue acting for a reviewer."""

import base64
import binascii
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from pydantic import BaseModel, PlainValidator, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kernel.auth import Principal, TokenVerifier
from kernel.auth.rest import InvalidRequest, authenticate, refusal
from kernel.errors import Forbidden, PromptSalesError
from kernel.gate.gate import Gate
from kernel.gate.models import Receipt
from kernel.web import problem_response


class NotTheExecutor(Forbidden):
    """Only the approval system's own identities may use this endpoint."""


def _decoded(value: object) -> bytes:
    try:
        return base64.b64decode(str(value), validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error


Canonical = Annotated[bytes, PlainValidator(_decoded)]


class _ExecuteRequest(BaseModel):
    grant: str
    canonical: Canonical


class _PrepareRequest(BaseModel):
    tool: str
    args: dict[str, Any]


class _LookUpRequest(BaseModel):
    action_id: str
    canonical: Canonical


class _CompensationRequest(BaseModel):
    action_id: str
    canonical: Canonical
    receipt: Receipt


def gate_routes(gate: Gate, verifier: TokenVerifier) -> list[Route]:
    """`POST /gate/execute` for the executor; `/gate/prepare`, `/gate/look-up`, `/gate/compensation` for approvals."""

    async def execute(caller: Principal, body: bytes) -> object:
        _require_executor(caller)
        request = _ExecuteRequest.model_validate_json(body)
        receipt = await gate.execute(request.grant, request.canonical)
        return {"receipt": receipt.model_dump(mode="json")}

    async def prepare(caller: Principal, body: bytes) -> object:
        tenant = _reviewers_tenant(caller)
        request = _PrepareRequest.model_validate_json(body)
        return await gate.prepare(tenant, request.tool, request.args)

    async def look_up(caller: Principal, body: bytes) -> object:
        tenant = _reviewers_tenant(caller)
        request = _LookUpRequest.model_validate_json(body)
        receipt = await gate.look_up(tenant, request.action_id, request.canonical)
        return {"receipt": receipt.model_dump(mode="json") if receipt else None}

    async def compensation(caller: Principal, body: bytes) -> object:
        tenant = _reviewers_tenant(caller)
        request = _CompensationRequest.model_validate_json(body)
        return await gate.compensation(tenant, request.action_id, request.canonical, request.receipt)

    return [
        _route("/gate/execute", execute, verifier),
        _route("/gate/prepare", prepare, verifier),
        _route("/gate/look-up", look_up, verifier),
        _route("/gate/compensation", compensation, verifier),
    ]


def _route(path: str, answer: Callable[[Principal, bytes], Awaitable[object]], verifier: TokenVerifier) -> Route:
    async def endpoint(request: Request) -> Response:
        try:
            caller = await authenticate(verifier, request)
            return JSONResponse(await answer(caller, await request.body()))
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            return problem_response(InvalidRequest(f"{field}: {first['msg']}.", field=field, fix="Correct this field."))
        except PromptSalesError as error:
            return refusal(request, error)

    return Route(path, endpoint, methods=["POST"])


def _require_executor(caller: Principal) -> None:
    caller.require("actions:execute")
    if caller.client_id != "executor" or caller.actors:
        raise NotTheExecutor("Only the executor executes.")


def _reviewers_tenant(caller: Principal) -> str:
    """The tenant of the person for whom the approval queue asks."""
    if caller.actors[:1] != ("approvals",) or not caller.tenant:
        raise NotTheExecutor("Only the approval queue asks this, for a reviewer.")
    return caller.tenant
