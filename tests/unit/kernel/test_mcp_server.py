"""What a client is told by a context's server when it asks for something that is not there, or half of it."""

from collections.abc import Sequence
from typing import cast

import pytest
from mcp.client import Client
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, PromptReference

from kernel.auth import Principal, Scope
from kernel.errors import NotFound, Unavailable
from kernel.mcp import ContextServer
from kernel.mcp.identity import StdioIdentity
from tests.support.identity import FixedIdentity, caller


class SheetMissing(NotFound):
    """There is no such sheet."""


class StoreDown(Unavailable):
    """The store does not answer."""


def server(*, scopes: tuple[Scope, ...] = ("ads:read",)) -> ContextServer:
    """A server with a tool, a prompt, a resource and a completed argument."""
    made = ContextServer(
        "ads",
        instructions="",
        version="0",
        state_key=b"k" * 32,
    )
    made.stdio = cast("StdioIdentity", FixedIdentity(caller(scopes=scopes)))

    @made.expose("ads:read", effect="read", title="Read")
    async def read_sheet(sheet_id: str) -> str:
        """One line.

        Another line.
        """
        return sheet_id

    @made.prompt(description="About a sheet.")
    def about(sheet_id: str, tone: str = "plain") -> str:
        return f"{sheet_id}, {tone}"

    @made.resource("ads://sheets/{sheet_id}")
    async def sheet(sheet_id: str) -> str:
        if sheet_id == "down":
            raise StoreDown("The store does not answer.")
        raise SheetMissing(f"There is no sheet {sheet_id!r}.", field="sheet_id")

    @made.completes("sheet_id", "ads:read")
    async def sheet_ids(principal: Principal, typed: str) -> Sequence[str]:
        return [f"{typed}{number:03d}.{principal.tenant}" for number in range(150)]

    return made


async def test_a_description_is_published_without_the_indentation_of_its_source() -> None:
    async with Client(server()) as client:
        tools = (await client.list_tools()).tools

    assert tools[0].description == "One line.\n\nAnother line."


@pytest.mark.parametrize(
    ("name", "arguments", "complaint"),
    [
        ("nothing", {}, "There is no prompt 'nothing'."),
        ("about", {}, "about needs the argument 'sheet_id'."),
        ("about", {"sheet_id": "s1", "voice": "loud"}, "about has no argument 'voice'. It takes: sheet_id, tone."),
    ],
)
async def test_a_prompt_that_cannot_be_rendered_is_the_clients_error(
    name: str, arguments: dict[str, str], complaint: str
) -> None:
    async with Client(server()) as client:
        with pytest.raises(MCPError) as refused:
            await client.get_prompt(name, arguments)

    assert (refused.value.code, refused.value.message) == (INVALID_PARAMS, complaint)


async def test_a_prompt_is_rendered_with_its_defaults() -> None:
    async with Client(server()) as client:
        rendered = await client.get_prompt("about", {"sheet_id": "s1"})

    assert getattr(rendered.messages[0].content, "text", None) == "s1, plain"


async def test_a_resource_that_does_not_exist_is_told_from_one_that_cannot_be_read() -> None:
    async with Client(server()) as client:
        with pytest.raises(MCPError) as missing:
            await client.read_resource("ads://sheets/s9")
        with pytest.raises(MCPError) as down:
            await client.read_resource("ads://sheets/down")

    assert missing.value.code == INVALID_PARAMS
    assert missing.value.message == "failed: sheet_missing [sheet_id]: There is no sheet 's9'."
    assert down.value.code != INVALID_PARAMS
    assert down.value.message == "retry: store_down: The store does not answer."


async def test_an_argument_is_completed_for_the_callers_tenant_a_hundred_values_at_most() -> None:
    async with Client(server()) as client:
        found = await client.complete(PromptReference(name="about"), {"name": "sheet_id", "value": "s"})

    assert found.completion.values[:2] == ["s000.acme", "s001.acme"]
    assert (len(found.completion.values), found.completion.has_more) == (100, True)


async def test_nothing_is_suggested_to_a_caller_without_the_scope() -> None:
    async with Client(server(scopes=("crm:read",))) as client:
        found = await client.complete(PromptReference(name="about"), {"name": "sheet_id", "value": "s"})

    assert found.completion.values == []


async def test_no_change_of_the_lists_is_announced_because_there_is_none() -> None:
    async with Client(server()) as client:
        capabilities = client.server_capabilities

    assert capabilities is not None
    assert capabilities.tools is not None
    assert not capabilities.tools.list_changed
