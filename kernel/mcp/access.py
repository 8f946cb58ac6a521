"""The gate of the MCP endpoint: who calls, and whether the token is enough for what is called, before JSON-RPC.

Refusals are HTTP answers with a challenge, so that a client can sign its user in or ask for more scopes. Whatever is
no single well-formed request is left to the SDK, which refuses it in the protocol's own words; tools check their
scopes again.
"""

import json
from collections import deque
from collections.abc import Callable
from typing import Any, cast

from mcp.server.auth.middleware.auth_context import auth_context_var
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.shared.inbound import MCP_PROTOCOL_VERSION_HEADER, decode_header_value
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS
from starlette.types import ASGIApp, Message, Receive, Send
from starlette.types import Scope as Connection

from kernel.auth import InvalidToken, Principal, Scope, TokenVerifier
from kernel.auth.principal import InsufficientScope
from kernel.auth.rest import bind_caller, presented_token
from kernel.errors import PromptSalesError
from kernel.mcp.identity import VerifiedToken
from kernel.web import problem_response

Needs = Callable[[str, str], tuple[Scope, ...]]
"""Given a method and the name (or URI) of what it is about: the scopes it takes."""

_MOST_BYTES = 4 * 1024 * 1024
"""As many as the SDK reads; it refuses longer ones."""
_VERSION = MCP_PROTOCOL_VERSION_HEADER.lower().encode()
_NAMING = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}


class BearerAccess:
    """ASGI: lets verified callers through to the MCP endpoint, for what their token is enough for."""

    def __init__(self, app: ASGIApp, verifier: TokenVerifier, needs: Needs) -> None:
        self._app = app
        self._verifier = verifier
        self._needs = needs

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        headers = dict(cast("list[tuple[bytes, bytes]]", scope["headers"]))
        token = presented_token(headers.get(b"authorization", b"").decode("latin-1"))
        try:
            caller = await self._caller(token)
            method, name, receive = await _asked(scope, headers, receive)
            needed = self._needs(method, name)
            if not caller.scopes.issuperset(needed):
                raise InsufficientScope(*needed)
        except PromptSalesError as error:
            challenge = self._verifier.protected.challenge(error, presented=token is not None)
            await problem_response(error, challenge)(scope, receive, send)
            return
        user = AuthenticatedUser(VerifiedToken.of(caller, self._verifier.protected.uri))
        scope["user"] = user
        reset = auth_context_var.set(user)
        try:
            await self._app(scope, receive, send)
        finally:
            auth_context_var.reset(reset)

    async def _caller(self, token: str | None) -> Principal:
        if token is None:
            raise InvalidToken("This needs a bearer token.", fix="Send Authorization: Bearer <token>.")
        caller = await self._verifier.verify(token)
        if not caller.tenant:
            raise InvalidToken("The token names no tenant.")
        bind_caller(caller)
        return caller


async def _asked(scope: Connection, headers: dict[bytes, bytes], receive: Receive) -> tuple[str, str, Receive]:
    """The method and the name of what a request is about, empty where it does not say; and its body, still unread."""
    if scope["method"] != "POST":
        return "", "", receive
    version = headers.get(_VERSION)
    if version is not None and version.decode("latin-1") not in HANDSHAKE_PROTOCOL_VERSIONS:
        # Since 2026-07-28 headers say it, and the SDK refuses a body that says something else.
        name = decode_header_value(headers.get(b"mcp-name", b"").decode("latin-1"))
        return headers.get(b"mcp-method", b"").decode("latin-1"), name or "", receive
    body, receive = await _buffered(receive)
    return *_named(body), receive


def _named(body: bytes) -> tuple[str, str]:
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        return "", ""
    request = cast("dict[str, Any]", message) if isinstance(message, dict) else {}
    method, params = request.get("method"), request.get("params")
    if not isinstance(method, str) or not isinstance(params, dict):
        return "", ""
    name = cast("dict[str, Any]", params).get(_NAMING.get(method, ""))
    return method, name if isinstance(name, str) else ""


async def _buffered(receive: Receive) -> tuple[bytes, Receive]:
    """The body, empty when it is too long to be read here, and a `receive` that gives all of it once more."""
    seen: deque[Message] = deque()
    size, more = 0, True
    while more and size <= _MOST_BYTES:
        message = await receive()
        seen.append(message)
        size += len(message.get("body", b""))
        more = message["type"] == "http.request" and message.get("more_body", False)
    body = b"" if size > _MOST_BYTES else b"".join(message.get("body", b"") for message in seen)

    async def again() -> Message:
        return seen.popleft() if seen else await receive()

    return body, again
