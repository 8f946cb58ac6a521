"""tools/call as the 2026-07-28 protocol puts it on the wire, without a client's own cost."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2

PROTOCOL = "2026-07-28"


class CallFailed(Exception):
    """A benchmarked call did not succeed, so its time means nothing."""


def tool_call(
    http: httpx2.AsyncClient, url: str, token: str | None, tool: str, arguments: dict[str, Any]
) -> Callable[[], Awaitable[None]]:
    """A function that calls a tool once and raises CallFailed unless it succeeded."""

    async def call() -> None:
        response = await _post(http, url, token, tool, arguments)
        if response.status_code != 200 or b'"isError":true' in response.content or b'"error"' in response.content:
            raise CallFailed(f"{tool}: {response.status_code} {response.text[:300]}")

    return call


async def tool_call_json(
    http: httpx2.AsyncClient, url: str, token: str, tool: str, arguments: dict[str, Any]
) -> dict[str, Any]:
    """Call a tool once; its structured answer."""
    response = await _post(http, url, token, tool, arguments)
    body = response.text
    if body.startswith(("event:", "data:", ":")):
        body = next(line for line in body.splitlines() if line.startswith("data: {")).removeprefix("data: ")
    result = json.loads(body).get("result", {})
    if result.get("isError") or "structuredContent" not in result:
        raise CallFailed(f"{tool}: {response.status_code} {response.text[:300]}")
    return result["structuredContent"]


async def _post(
    http: httpx2.AsyncClient, url: str, token: str | None, tool: str, arguments: dict[str, Any]
) -> httpx2.Response:
    headers = {
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": PROTOCOL,
        "Mcp-Method": "tools/call",
        "Mcp-Name": tool,
        **({"Authorization": f"Bearer {token}"} if token else {}),
    }
    meta = {
        "io.modelcontextprotocol/protocolVersion": PROTOCOL,
        "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    params = {"name": tool, "arguments": arguments, "_meta": meta}
    return await http.post(
        url, json={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}, headers=headers
    )
