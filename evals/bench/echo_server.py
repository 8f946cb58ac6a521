"""One trivial tool behind a context's own HTTP app: unverified, verified, or verified anew for every request."""

import argparse
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import cast, get_args

from pydantic import BaseModel
from starlette.types import ASGIApp

from evals.bench.baselines import SERVICE, Verification
from evals.bench.hosting import host
from kernel.auth import Principal, TokenVerifier
from kernel.auth.revocations import Denylist
from kernel.mcp import Composition, ContextResources, ContextServer, http_app
from kernel.mcp.identity import StdioIdentity
from kernel.settings import get_settings
from kernel.web import run


class Echo(BaseModel):
    text: str


class _Anybody(StdioIdentity):
    """Who calls when nobody asks."""

    def __init__(self) -> None:
        self._anybody = Principal(
            subject="bench",
            tenant="bench",
            scopes=frozenset({"analytics:read"}),
            roles=(),
            client_id="bench",
            actors=(),
            token_id="",
            expires_at=datetime.now(UTC) + timedelta(days=1),
            token="",
        )

    async def principal(self) -> Principal:
        return self._anybody


class _NeverSure(Denylist):
    """Cannot tell whether anything was revoked since, so that no verdict is kept."""

    @property
    def epoch(self) -> None:
        return None


def _app(verification: Verification, resources: ContextResources) -> ASGIApp:
    server = resources.server(instructions="")
    _expose_echo(server)
    if verification == "none":
        server.stdio = _Anybody()
        return server.streamable_http_app(stateless_http=True)
    if verification == "cold":
        settings = resources.settings
        verifier = TokenVerifier(settings, settings.audience(SERVICE), denylist=_NeverSure(settings))
        resources = ContextResources(settings, SERVICE, resources.database, resources.http, resources.tokens, verifier)
    return http_app(resources, Composition(server))


def _expose_echo(server: ContextServer) -> None:
    @server.expose("analytics:read", effect="read", title="Echo")
    async def echo(text: str) -> Echo:
        """Return the text."""
        return Echo(text=text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("verification", choices=get_args(Verification))
    arguments = parser.parse_args()
    run(host(get_settings(), arguments.port, partial(_app, cast("Verification", arguments.verification))))
