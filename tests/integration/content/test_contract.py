"""What PromptContent publishes, and that the process as it is deployed publishes it."""

from pathlib import Path

import httpx2

import mcp_servers.content
from kernel.mcp import http_app, open_context
from kernel.settings import Settings
from mcp_servers.content.server import compose
from tests.contracts import assert_contract
from tests.integration.content.conftest import Content

CONTRACT = Path(mcp_servers.content.__file__).with_name("contract.json")


async def test_the_published_surface_is_the_snapshot(content: Content) -> None:
    await assert_contract(content.server, CONTRACT)


async def test_every_tool_says_what_it_is_for_and_what_its_fields_are(content: Content) -> None:
    for tool in await content.server.all_tools():
        assert tool.description
        assert "Errors:" in tool.description
        assert tool.output_schema
        assert tool.annotations
        assert tool.annotations.read_only_hint is not None
        assert tool.annotations.destructive_hint is not None


async def test_only_publishing_is_marked_as_reaching_the_outside(content: Content) -> None:
    outside = {
        tool.name
        for tool in await content.server.all_tools()
        if tool.annotations and (tool.annotations.open_world_hint or tool.annotations.destructive_hint)
    }

    assert outside == {"publish_asset"}
    assert content.server.scopes_of("publish_asset") == ("content:write", "actions:propose")


async def test_the_deployed_process_serves_the_same_surface_and_lets_nobody_in_without_a_token(
    migrated: Settings,
) -> None:
    async with open_context(migrated, "content") as resources, compose(resources) as composition:
        await assert_contract(composition.server, CONTRACT)
        app = http_app(resources, composition)
        async with (
            app.router.lifespan_context(app),
            httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=migrated.url("content")) as http,
        ):
            alive = await http.get("/healthz")
            tools = await http.post("/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
            execute = await http.post("/gate/execute", json={"grant": "", "canonical": ""})

    assert (alive.status_code, tools.status_code, execute.status_code) == (200, 401, 401)
