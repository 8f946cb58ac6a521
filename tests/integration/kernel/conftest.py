"""A context's server over HTTP, with a tool that reads, one that writes, a resource and a REST route."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from starlette.applications import Starlette

from cli.stack.valkey import EmbeddedValkey
from kernel.auth import Principal, Scope, TokenClient, TokenVerifier
from kernel.auth.revocations import Denylist
from kernel.csv_import import ImportReport
from kernel.csv_routes import import_route
from kernel.database import Database
from kernel.ids import new_id
from kernel.mcp import Composition, ContextResources, http_app
from kernel.settings import Settings
from tests.integration.kernel.independent_issuer import KID, IndependentIssuer

MODERN = "2026-07-28"
HANDSHAKE = "2025-06-18"
ERAS = (MODERN, HANDSHAKE)
_META = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientInfo": {"name": "tests", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}


class EmbeddedIssuer:
    """Signs as the issuer that belongs to the system does."""

    def __init__(self, settings: Settings) -> None:
        self.key = ECKey.generate_key("P-256", {"kid": KID})
        self._settings = settings

    async def keys(self, *, refresh: bool = False) -> KeySet:
        return KeySet([self.key])

    def token(self, *scopes: Scope, **changes: Any) -> str:
        now = int(time.time())
        claims = {
            "iss": self._settings.issuer,
            "aud": self._settings.audience("ads"),
            "sub": "user:marketer",
            "tenant": "acme",
            "scope": " ".join(scopes),
            "roles": ["marketer"],
            "client_id": "cli",
            "jti": new_id("tok"),
            "sid": new_id("fam"),
            "iat": now,
            "exp": now + 300,
        }
        return jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": KID}, {**claims, **changes}, self.key)


@dataclass(frozen=True)
class Ads:
    """The server under test, and who signs tokens for it."""

    settings: Settings
    http: httpx2.AsyncClient
    embedded: EmbeddedIssuer
    verifier: TokenVerifier
    denylist: Denylist
    callers: list[Principal]
    """Who called the tools, in order."""

    @property
    def audience(self) -> str:
        return self.settings.audience("ads")

    async def rpc(
        self, token: str | None, method: str, params: dict[str, Any], *, era: str = MODERN, body: bytes | None = None
    ) -> httpx2.Response:
        """One MCP request as the era puts it on the wire; `body` replaces what is sent."""
        headers = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": era}
        headers |= {"Content-Type": "application/json", **authorization(token)}
        if era == MODERN:
            headers |= {"Mcp-Method": method, "Mcp-Name": str(params.get("name", params.get("uri", "")))}
            params = {**params, "_meta": _META}
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return await self.http.post("/mcp", content=body or json.dumps(message).encode(), headers=headers)

    async def call(self, token: str | None, tool: str, *, era: str = MODERN) -> httpx2.Response:
        return await self.rpc(token, "tools/call", {"name": tool, "arguments": {}}, era=era)

    async def load(self, token: str | None) -> httpx2.Response:
        """POST to the REST route, which takes ads:write."""
        headers = {"Content-Type": "text/csv", **authorization(token)}
        return await self.http.post("/v1/imports/sheets", content=b"a\n1\n", headers=headers)


def authorization(token: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token is not None else {}


def answered(response: httpx2.Response) -> dict[str, Any]:
    """The JSON-RPC message of a response, as JSON or as an event."""
    text = response.text
    if response.headers["content-type"].startswith("text/event-stream"):
        text = next(line for line in text.splitlines() if line.startswith("data: {")).removeprefix("data: ")
    return cast("dict[str, Any]", json.loads(text))


@asynccontextmanager
async def serving(settings: Settings, issuers: Sequence[dict[str, Any]] = ()) -> AsyncGenerator[Ads]:
    """The server with these settings."""
    settings = settings.model_copy(update={"issuers": list(issuers)})
    embedded, denylist = EmbeddedIssuer(settings), Denylist(settings)
    callers: list[Principal] = []
    async with (
        TokenVerifier(settings, settings.audience("ads"), keys=embedded, denylist=denylist) as verifier,
        TokenClient(settings, "ads") as tokens,
        httpx2.AsyncClient() as outside,
    ):
        database = Database(cast("Any", None))  # nothing here reads or writes one
        resources = ContextResources(settings, "ads", database, outside, tokens, verifier)
        composition = Composition(_server(resources, callers), routes=[_route(verifier)])
        app = http_app(resources, composition)
        transport = httpx2.ASGITransport(app=app)
        async with (
            _living(app),
            httpx2.AsyncClient(transport=transport, base_url=settings.url("ads")) as http,
        ):
            yield Ads(settings, http, embedded, verifier, denylist, callers)


@asynccontextmanager
async def _living(app: Starlette) -> AsyncGenerator[None]:
    """The app's lifespan in a task of its own: a fixture is left in another task than it was entered in."""
    began, over = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.router.lifespan_context(app):
            began.set()
            await over.wait()

    living = asyncio.create_task(live())
    await began.wait()
    try:
        yield
    finally:
        over.set()
        await living


def _server(resources: ContextResources, callers: list[Principal]) -> Any:
    server = resources.server(instructions="")

    @server.expose("ads:read", effect="read", title="Read")
    async def read_sheet() -> str:
        """Read."""
        callers.append(await server.caller())
        return "read"

    @server.expose("ads:read", "ads:write", effect="write", title="Write")
    async def write_sheet() -> str:
        """Write."""
        callers.append(await server.caller())
        return "written"

    @server.resource("ads://sheets/{sheet_id}", scope="ads:read")
    async def sheet(sheet_id: str) -> str:
        callers.append(await server.caller())
        return sheet_id

    return server


def _route(verifier: TokenVerifier) -> Any:
    async def load(_caller: Principal, _body: bytes, _skip: bool) -> ImportReport:
        return ImportReport(rows_read=1, inserted=1)

    return import_route("/v1/imports/sheets", verifier, "ads:write", load)


@pytest.fixture
async def ads(settings: Settings, valkey: EmbeddedValkey) -> AsyncIterator[Ads]:
    """A server that trusts the embedded issuer alone."""
    async with serving(settings) as ads:
        yield ads


@pytest.fixture(scope="session")
async def keycloak() -> AsyncIterator[IndependentIssuer]:
    async with IndependentIssuer().served() as issuer:
        yield issuer
