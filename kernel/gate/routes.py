"""The two endpoints of a server that no model can see: execute an approved action, re-validate an edited one."""

import base64
import binascii
from typing import Any

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kernel.auth import Principal, TokenVerifier
from kernel.auth.rest import InvalidRequest, authenticate, refusal
from kernel.errors import Forbidden, PromptSalesError
from kernel.gate.gate import Gate
from kernel.web import problem_response


class NotTheExecutor(Forbidden):
    """Only the approval system's own identities may use this endpoint."""


class _ExecuteRequest(BaseModel):
    grant: str
    canonical: str


class _PrepareRequest(BaseModel):
    tool: str
    args: dict[str, Any]


def gate_routes(gate: Gate, verifier: TokenVerifier) -> list[Route]:
    """`POST /gate/execute` (executor only) and `POST /gate/prepare` (approvals, for a reviewer)."""

    async def execute(request: Request) -> Response:
        try:
            caller = await authenticate(verifier, request)
            _require_executor(caller)
            body = _ExecuteRequest.model_validate_json(await request.body())
            receipt = await gate.execute(body.grant, base64.b64decode(body.canonical, validate=True))
        except (ValidationError, binascii.Error) as error:
            return problem_response(InvalidRequest(f"The request does not validate: {error}."))
        except PromptSalesError as error:
            return refusal(request, error)
        return JSONResponse({"receipt": receipt.model_dump(mode="json")})

    async def prepare(request: Request) -> Response:
        try:
            caller = await authenticate(verifier, request)
            if caller.actors[:1] != ("approvals",) or not caller.tenant:
                raise NotTheExecutor("Only the approval queue re-validates edits.")
            body = _PrepareRequest.model_validate_json(await request.body())
            prepared = await gate.prepare(caller.tenant, body.tool, body.args)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            return problem_response(InvalidRequest(f"{field}: {first['msg']}.", field=field, fix="Correct the edit."))
        except PromptSalesError as error:
            return refusal(request, error)
        return JSONResponse(prepared)

    return [
        Route("/gate/execute", execute, methods=["POST"]),
        Route("/gate/prepare", prepare, methods=["POST"]),
    ]


def _require_executor(caller: Principal) -> None:
    caller.require("actions:execute")
    if caller.client_id != "executor" or caller.actors:
        raise NotTheExecutor("Only the executor executes.")
