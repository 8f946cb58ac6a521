"""What a caller of an MCP endpoint is told: how to get a token, or which scopes it lacks, before anything runs."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client

from kernel.settings import Settings
from tests.integration.kernel.conftest import ERAS, HANDSHAKE, Ads, answered, authorization, serving

METADATA = "/.well-known/oauth-protected-resource"


def parameters(challenge: str) -> dict[str, str]:
    """The parameters of a Bearer challenge, which must be nothing else."""
    assert re.fullmatch(r'Bearer (\w+="[^"\\]*")(, \w+="[^"\\]*")*', challenge), challenge
    return dict(re.findall(r'(\w+)="([^"]*)"', challenge))


async def test_a_request_without_a_token_is_told_where_to_get_one_and_of_no_error(ads: Ads) -> None:
    for refused in (await ads.call(None, "read_sheet"), await ads.load(None)):
        assert refused.status_code == 401
        assert parameters(refused.headers["www-authenticate"]) == {
            "scope": "actions:propose ads:read ads:write approvals:read",
            "resource_metadata": f"{ads.settings.url('ads')}{METADATA}/mcp",
        }


async def test_a_token_that_is_none_is_an_invalid_token(ads: Ads) -> None:
    for refused in (await ads.call("a.b.c", "read_sheet"), await ads.load('"\\quoted\\"')):
        assert refused.status_code == 401
        told = parameters(refused.headers["www-authenticate"])
        assert told["error"] == "invalid_token"
        assert told["error_description"]
        assert told["resource_metadata"]


@pytest.mark.parametrize("path", [METADATA, f"{METADATA}/mcp"])
async def test_the_resource_describes_itself_to_anybody(ads: Ads, path: str) -> None:
    described = await ads.http.get(path, headers={"Origin": "http://localhost:6274"})

    assert described.headers["access-control-allow-origin"] == "*"
    assert described.json() == {
        "resource": ads.audience,
        "resource_name": "PromptAds",
        "authorization_servers": [ads.settings.issuer],
        "scopes_supported": ["actions:propose", "ads:read", "ads:write", "approvals:read"],
        "bearer_methods_supported": ["header"],
    }


@pytest.mark.parametrize("era", ERAS)
async def test_a_call_that_the_token_is_enough_for_is_answered(ads: Ads, era: str) -> None:
    token = ads.embedded.token("ads:read", "ads:write")

    called = await ads.call(token, "write_sheet", era=era)

    assert called.status_code == 200
    assert answered(called)["result"]["structuredContent"] == {"result": "written"}
    assert [caller.session for caller in ads.callers] != [""]


@pytest.mark.parametrize("era", ERAS)
async def test_a_tool_beyond_the_token_is_a_step_up_challenge_and_never_runs(ads: Ads, era: str) -> None:
    refused = await ads.call(ads.embedded.token("ads:read"), "write_sheet", era=era)

    assert refused.status_code == 403
    told = parameters(refused.headers["www-authenticate"])
    assert (told["error"], told["scope"]) == ("insufficient_scope", "ads:read ads:write")
    assert told["resource_metadata"].endswith(f"{METADATA}/mcp")
    assert ads.callers == []


@pytest.mark.parametrize("era", ERAS)
async def test_a_resource_beyond_the_token_is_a_step_up_challenge(ads: Ads, era: str) -> None:
    token, uri = ads.embedded.token("approvals:read"), "ads://sheets/s1"

    refused = await ads.rpc(token, "resources/read", {"uri": uri}, era=era)
    read = await ads.rpc(ads.embedded.token("ads:read"), "resources/read", {"uri": uri}, era=era)

    assert refused.status_code == 403
    assert parameters(refused.headers["www-authenticate"])["scope"] == "ads:read"
    assert answered(read)["result"]["contents"][0]["text"] == "s1"


@pytest.mark.parametrize("era", ERAS)
async def test_a_tool_that_does_not_exist_is_the_protocols_own_answer(ads: Ads, era: str) -> None:
    called = await ads.call(ads.embedded.token("approvals:read"), "no_such_tool", era=era)

    assert called.status_code != 403
    assert "www-authenticate" not in called.headers


async def test_a_route_beyond_the_token_is_a_step_up_challenge(ads: Ads) -> None:
    refused = await ads.load(ads.embedded.token("ads:read"))
    granted = await ads.load(ads.embedded.token("ads:write"))

    assert (refused.status_code, granted.status_code) == (403, 200)
    told = parameters(refused.headers["www-authenticate"])
    assert (told["error"], told["scope"]) == ("insufficient_scope", "ads:write")


async def test_a_tool_is_not_reached_by_headers_that_name_another(ads: Ads) -> None:
    body = json.dumps(
        {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "write_sheet", "arguments": {}}}
    )

    refused = await ads.rpc(ads.embedded.token("ads:read"), "tools/call", {"name": "read_sheet"}, body=body.encode())

    assert refused.status_code == 400
    assert ads.callers == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[" * 50_000,
        b"null",
        b'"tools/call"',
        b'{"jsonrpc":"2.0","id":1,"method":["tools/call"],"params":{"name":"write_sheet"}}',
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":["write_sheet"]}',
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":["write_sheet"]}}',
        b'[{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"write_sheet","arguments":{}}}]',
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"write_sheet"},"method":"tools/list"}',
        b'{"jsonrpc":"2.0","id":1,"method":"ping","padding":"' + b"x" * 4 * 1024 * 1024 + b'"}',
    ],
)
@pytest.mark.parametrize("era", ERAS)
async def test_a_body_that_is_no_request_is_left_to_the_protocol_and_calls_nothing(
    ads: Ads, body: bytes, era: str
) -> None:
    refused = await ads.rpc(ads.embedded.token("ads:read"), "ping", {}, era=era, body=body)

    assert refused.status_code != 403
    assert refused.status_code < 500
    assert ads.callers == []


async def test_a_body_in_pieces_is_read_whole_and_handed_on_unchanged(ads: Ads) -> None:
    message: dict[str, Any] = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "write_sheet", "arguments": {}},
    }
    whole = json.dumps(message).encode()

    async def pieces() -> AsyncIterator[bytes]:
        for byte in whole:
            yield bytes([byte])

    headers = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": HANDSHAKE}
    headers["Content-Type"] = "application/json"
    refused = await ads.http.post(
        "/mcp", content=pieces(), headers={**headers, **authorization(ads.embedded.token("ads:read"))}
    )
    called = await ads.http.post(
        "/mcp", content=pieces(), headers={**headers, **authorization(ads.embedded.token("ads:read", "ads:write"))}
    )

    assert refused.status_code == 403
    assert answered(called)["result"]["structuredContent"] == {"result": "written"}


async def test_a_services_own_token_calls_no_tool(ads: Ads) -> None:
    refused = await ads.call(ads.embedded.token("ads:read", tenant=""), "read_sheet")

    assert refused.status_code == 401


async def test_a_client_of_the_sdk_lists_what_its_token_can_call(ads: Ads) -> None:
    ads.http.headers.update(authorization(ads.embedded.token("ads:read")))

    async with Client(streamable_http_client(ads.audience, http_client=ads.http)) as client:
        tools = (await client.list_tools()).tools

    assert [tool.name for tool in tools] == ["read_sheet"]


async def test_nobody_is_let_in_while_it_is_unknown_what_was_revoked(
    settings: Settings,
) -> None:
    deaf = settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})

    async with serving(deaf) as ads:
        token = ads.embedded.token("ads:read", "ads:write")
        answers = [await ads.call(token, "read_sheet"), await ads.load(token)]
        ready = await ads.http.get("/readyz")

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(503, "denylist_unavailable")] * 2
    assert all("www-authenticate" not in answer.headers for answer in answers)
    assert ready.status_code == 503
