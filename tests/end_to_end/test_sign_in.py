"""An MCP client finds its own way from a URL to a tool call: discovery, sign-in, consent, refresh, step-up."""

import re
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from mcp.client import Client
from mcp.client.auth.extensions.client_credentials import ClientCredentialsOAuthProvider

from tests.end_to_end.conftest import MetadataHost
from tests.end_to_end.sdk_client import Memory, Person, application, connected, registered
from tests.end_to_end.system import TENANT, System, eventually
from tests.end_to_end.test_decisions import DRAFT
from tests.support.browser import Browser, Page


@pytest.fixture
async def marketer(system: System) -> AsyncIterator[Browser]:
    """A browser in which the demonstration's marketer has signed in with the password that was shown at first start."""
    async with Browser(system.settings.issuer) as browser:
        signed_in = await browser.sign_in("marketer@demo.example", system.passwords["marketer"])
        assert signed_in.headers["location"] == "/account"
        yield browser


async def campaigns(client: Client) -> list[dict[str, Any]]:
    result = await client.call_tool("list_campaigns", {})
    assert not result.is_error, result.content
    return cast("list[dict[str, Any]]", cast("dict[str, Any]", result.structured_content)["campaigns"])


async def test_a_client_that_is_registered_goes_from_a_url_to_a_tool_call(system: System, marketer: Browser) -> None:
    server, memory, person = system.settings.audience("ads"), Memory(registered("mcp-client")), Person(marketer)

    async with connected(server, application(server, memory, person)) as client:
        assert await campaigns(client)

    (answer,) = person.answers
    assert answer.values["iss"] == system.settings.issuer
    assert {"ads:read", "ads:write", "actions:propose"} <= memory.scopes


async def test_a_client_is_known_by_its_metadata_document(
    system: System, marketer: Browser, metadata_host: MetadataHost
) -> None:
    server, memory, person = system.settings.audience("analytics"), Memory(), Person(marketer)

    async with connected(server, application(server, memory, person, document=metadata_host.url)) as client:
        listed = await client.list_tools()

    assert "query_metrics" in {tool.name for tool in listed.tools}
    assert memory.client is not None
    assert memory.client.client_id == metadata_host.url
    assert metadata_host.served == 1


async def test_an_expired_token_is_refreshed_without_asking_the_person_again(system: System, marketer: Browser) -> None:
    server, memory, person = system.settings.audience("ads"), Memory(registered("mcp-client")), Person(marketer)
    auth = application(server, memory, person)
    async with connected(server, auth) as client:
        await campaigns(client)
        before = memory.tokens
        auth.context.token_expiry_time = 1

        await campaigns(client)

    assert before is not None
    assert memory.tokens is not None
    assert memory.tokens.access_token != before.access_token
    assert memory.tokens.refresh_token != before.refresh_token
    assert len(person.answers) == 1


async def test_a_client_that_was_allowed_less_asks_for_more_when_it_needs_it(system: System, marketer: Browser) -> None:
    server, memory = system.settings.audience("ads"), Memory(registered("mcp-client"))
    person = Person(marketer, scopes={"ads:read"})
    async with connected(server, application(server, memory, person)) as client:
        assert await campaigns(client)
        assert memory.scopes == {"ads:read"}
        person.scopes = None

        drafted = await client.call_tool("draft_campaign", {"name": "Asked for more", **DRAFT})

    assert not drafted.is_error, drafted.content
    assert "ads:write" in memory.scopes
    assert len(person.answers) == 2


async def test_a_disconnected_client_has_to_ask_again(system: System, marketer: Browser) -> None:
    server, memory, person = system.settings.audience("ads"), Memory(registered("mcp-client")), Person(marketer)
    async with connected(server, application(server, memory, person)) as client:
        await campaigns(client)
        assert len(person.answers) == 1
        await _disconnect_everything(marketer)

        async def asked_again() -> bool:  # word of it takes a moment to come
            await campaigns(client)
            return len(person.answers) == 2

        assert await eventually(asked_again)


async def test_a_machine_signs_in_with_its_own_credentials(system: System) -> None:
    server = system.settings.audience("analytics")
    machine = await system.json(
        "clients", "add", "Nightly report", "--confidential", "--server", "analytics",
        "--machine-tenant", TENANT, "--machine-role", "viewer",
    )  # fmt: skip
    auth = ClientCredentialsOAuthProvider(
        server, Memory(), machine["client_id"], machine["client_secret"], issuer=system.settings.issuer
    )

    async with connected(server, auth) as client:
        result = await client.call_tool("list_metrics", {})

    assert not result.is_error, result.content


async def _disconnect_everything(browser: Browser) -> None:
    while found := re.search(r'name="family" value="([^"]+)"', (page := (await browser.http.get("/account")).text)):
        csrf = dict(Page(page).fields)["csrf"]
        done = await browser.http.post("/account/disconnect", data={"csrf": csrf, "family": found[1]})
        assert done.status_code == 303, done.text
