"""What every HTTP process does with a request before its own app sees it."""

from collections.abc import MutableMapping
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from kernel.web import RequestContext


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
