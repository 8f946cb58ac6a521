"""An authorization server that is none of ours: its own keys, its own port, tokens in the shape Keycloak writes."""

import asyncio
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from socket import socket
from typing import Any

import uvicorn
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kernel.ids import new_id

KID = "k1"
"""The same as the embedded issuer's in these tests: a key's id names it within its issuer only."""


class IndependentIssuer:
    """Serves discovery and keys under `/realms/acme`, and signs."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": KID, "use": "sig", "alg": "RS256"})
        self.url = ""
        self.documents_served = 0
        self.app = Starlette(
            routes=[
                Route("/realms/acme/.well-known/openid-configuration", self._describe),
                Route("/realms/acme/certs", self._publish),
            ]
        )

    def settings(self, **changes: Any) -> dict[str, Any]:
        """What an operator writes to trust it."""
        return {
            "issuer": self.url,
            "algorithms": ["RS256"],
            "token_types": ["JWT"],
            "claims": {"client": "azp", "roles": "realm_access.roles", "tenant": "organization.tenant"},
            "role_map": {"campaign-editor": "marketer", "auditor": "viewer", "root": "admin"},
            **changes,
        }

    def claims(self, audience: str | list[str], **changes: Any) -> dict[str, Any]:
        """Of an access token of somebody with the role of a marketer; None drops a claim."""
        now = int(time.time())
        claims = {
            "exp": now + 300,
            "iat": now,
            "jti": new_id("onrtac"),
            "iss": self.url,
            "aud": audience if isinstance(audience, list) else [audience, "account"],
            "sub": "7d3c2f5e-2f0c-4b8e-9a55-0d6a3f3c1b11",
            "typ": "Bearer",
            "azp": "campaign-desk",
            "sid": "c2b1a7f0-6a52-4b1c-8f6a-9f2f7a1d4e10",
            "realm_access": {"roles": ["offline_access", "campaign-editor"]},
            "organization": {"tenant": "acme"},
            "scope": "openid profile email",
            "preferred_username": "ana",
        }
        return {name: value for name, value in (claims | changes).items() if value is not None}

    def token(
        self, audience: str | list[str], *, header: dict[str, Any] | None = None, key: Any = None, **changes: Any
    ) -> str:
        stated = {"alg": "RS256", "typ": "JWT", "kid": KID, **(header or {})}
        return jwt.encode(stated, self.claims(audience, **changes), key or self.key, algorithms=[stated["alg"]])

    @asynccontextmanager
    async def served(self) -> AsyncGenerator["IndependentIssuer"]:
        """Serve on a port of its own."""
        server = _Server(uvicorn.Config(self.app, port=0, lifespan="off", ws="none", log_config=None))
        serving = asyncio.create_task(server.serve())
        await server.began.wait()
        self.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/realms/acme"
        try:
            yield self
        finally:
            server.should_exit = True
            await serving

    async def _describe(self, _request: Request) -> Response:
        return JSONResponse({"issuer": self.url, "jwks_uri": f"{self.url}/certs"})

    async def _publish(self, _request: Request) -> Response:
        self.documents_served += 1
        encryption = RSAKey.generate_key(2048, {"kid": "enc", "use": "enc"}).as_dict(private=False)
        symmetric = {"kty": "oct", "kid": "hmac", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"}
        return JSONResponse({"keys": [symmetric, encryption, *KeySet([self.key]).as_dict(private=False)["keys"]]})


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.began = asyncio.Event()

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        self.began.set()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Signals stay the test runner's."""
        yield
