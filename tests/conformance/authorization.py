"""What a client without a token is told: where to get one (RFC 6750, RFC 9728, RFC 8414)."""

import re
from typing import Any, cast

import httpx2

from kernel.settings import Service, Settings
from tests.conformance.outcome import Outcome

_GROUP = "authorization"


async def follow_the_trail(http: httpx2.AsyncClient, settings: Settings, server: Service) -> list[Outcome]:
    """From the 401 to the resource's metadata to the authorization server's."""
    resource = settings.audience(server)
    answer = await http.post(resource, json={})
    challenge = answer.headers.get("www-authenticate", "")
    link = re.search(r'^Bearer .*resource_metadata="([^"]+)"', challenge)
    if answer.status_code != 401 or link is None:
        return [_outcome("401 names resource_metadata", f"{answer.status_code}, challenge: {challenge or 'none'}")]
    described = await _document(http, link[1])
    issued = await _document(http, f"{settings.issuer}/.well-known/oauth-authorization-server")
    return [
        _outcome("401 names resource_metadata", ""),
        _outcome(
            "resource metadata is served",
            _difference(described, {"resource": resource, "authorization_servers": [settings.issuer]}),
        ),
        _outcome("authorization server metadata is served", _difference(issued, {"issuer": settings.issuer})),
    ]


async def _document(http: httpx2.AsyncClient, url: str) -> dict[str, Any]:
    answer = await http.get(url)
    return cast("dict[str, Any]", answer.json()) if answer.status_code == 200 else {"status": answer.status_code}


def _difference(found: dict[str, Any], wanted: dict[str, Any]) -> str:
    return "" if found.items() >= wanted.items() else f"{found}, where {wanted} is wanted"


def _outcome(name: str, problem: str) -> Outcome:
    return Outcome(_GROUP, name, "failed" if problem else "passed", problem)
