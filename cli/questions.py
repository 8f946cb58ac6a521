"""`promptsales ask`: one question to the analytics server, by MCP."""

from datetime import date
from typing import Any

import httpx2
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, TextContent

from cli.errors import Refused, Unreachable
from cli.output import add_row, emit, say, show, show_text, table
from cli.session import access_token, running_settings
from cli.stack.health import readiness
from kernel.auth import Role
from kernel.settings import Settings
from kernel.tls import service_http


async def ask(question: str, role: Role, *, as_of: date | None, language: str | None, as_json: bool) -> None:
    """Print the answer, or with `as_json` the AnalyticsAnswer itself."""
    arguments: dict[str, Any] = {"question": question}
    if as_of:
        arguments["as_of"] = as_of.isoformat()
    if language:
        arguments["language"] = language
    answer = await _call(running_settings(), role, arguments)
    if as_json:
        emit(answer)
    else:
        _show(answer)


async def _call(settings: Settings, role: Role, arguments: dict[str, Any]) -> dict[str, Any]:
    token = await access_token(settings, role, "analytics")
    headers = {"Authorization": f"Bearer {token}"}
    async with service_http(settings, headers=headers, timeout=httpx2.Timeout(60, connect=3)) as http:
        if lacks := await readiness(http, settings, "analytics"):
            if lacks.startswith("no answer"):
                raise Unreachable(settings.url("analytics"))
            raise Refused(f"The analytics server is not ready: {lacks}.", fix="Look with: promptsales status")
        transport = streamable_http_client(settings.audience("analytics"), http_client=http)
        async with Client(transport) as client:
            return _structured(await client.call_tool("ask", arguments))


def _structured(result: CallToolResult) -> dict[str, Any]:
    if result.is_error or result.structured_content is None:
        said = " ".join(part.text for part in result.content if isinstance(part, TextContent))
        raise Refused(said or "The analytics server gave no answer.")
    return result.structured_content


def _show(answer: dict[str, Any]) -> None:
    show_text(str(answer.get("answer") or answer.get("clarification") or answer.get("reason") or ""))
    rows: list[dict[str, Any]] = answer.get("rows") or []
    if len(rows) > 1:
        columns = list(rows[0])
        found = table(*columns)
        for row in rows:
            add_row(found, *(row.get(column) for column in columns))
        show(found)
    if answer.get("data_as_of"):
        say(f"Data as of {answer['data_as_of']}.")
