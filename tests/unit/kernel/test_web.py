"""What every HTTP process does with a request before its own app sees it, and what it says of its health."""

from collections.abc import MutableMapping
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from kernel.errors import Unavailable
from kernel.web import Check, RequestContext, health_routes


async def test_space_around_a_header_value_is_no_part_of_it() -> None:
    seen: list[tuple[bytes, bytes]] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.extend(scope["headers"])

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        raise AssertionError(message)

    headers = [(b"mcp-name", b"list_campaigns \t"), (b"accept", b"a, b")]
    await RequestContext(app)({"type": "http", "path": "/mcp", "headers": headers}, receive, send)

    assert seen == [(b"mcp-name", b"list_campaigns"), (b"accept", b"a, b")]


async def _answers() -> None:
    return None


async def _is_silent() -> None:
    raise Unavailable("It does not answer.")


@pytest.mark.parametrize(
    ("check", "optional", "status"),
    [(_answers, _answers, 200), (_answers, _is_silent, 200), (_is_silent, _answers, 503)],
)
def test_a_process_is_ready_without_what_is_optional_and_says_that_it_is_missing(
    check: Check, optional: Check, status: int
) -> None:
    app = Starlette(routes=health_routes("hub", {"database": check}, {"cache": optional}))
    with TestClient(app) as http:
        ready = http.get("/readyz")

    said = {"database": check, "cache": optional}
    assert ready.status_code == status
    assert ready.json()["checks"] == {
        name: "ok" if asked is _answers else "It does not answer." for name, asked in said.items()
    }
