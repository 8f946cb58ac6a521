"""Assets through the MCP tools: create, edit, find, read."""

import json

import pytest
from mcp.shared.exceptions import MCPError

from tests.integration.content.conftest import ASSET, Content
from tests.support.identity import caller


async def test_generated_copy_can_be_stored_and_says_who_wrote_it(content: Content) -> None:
    copy = await content.call(
        "generate_copy",
        client="Cafe Alta",
        product="Geisha Roast",
        audience="amantes del café",
        channel="sms",
        platform="Twilio",
        language="es",
        country="Costa Rica",
        count=2,
    )
    variant = copy["variants"][0]

    stored = await content.asset(
        channel="sms", platform="Twilio", body=variant["body"], headline=None, engine=copy["engine"]
    )

    assert (copy["engine"], copy["locale"], copy["format"]["body_limit"]) == ("playbook", "es-CR", 160)
    assert variant["body_length"] <= 160
    assert stored["versions"][0]["provenance"] == {"engine": "playbook", "source": "generate_copy"}


async def test_a_new_asset_is_a_draft_with_one_version_by_the_caller(content: Content) -> None:
    made = await content.asset()

    assert (made["status"], made["latest_version"], made["approved_version"]) == ("draft", 1, None)
    assert made["publication"] is None
    version = made["versions"][0]
    assert (version["created_by"], version["created_via"]) == ("user:marketer", None)
    assert await content.call("get_asset", asset_id=made["id"]) == made


async def test_the_same_key_and_content_gives_the_first_asset(content: Content) -> None:
    first = await content.asset(idempotency_key="k-1")
    again = await content.asset(idempotency_key="k-1")

    assert again == first
    assert len((await content.call("list_assets"))["assets"]) == 1


async def test_the_same_key_with_other_content_is_refused(content: Content) -> None:
    await content.asset(idempotency_key="k-1")

    refused = await content.refusal("create_asset", **{**ASSET, "body": "Otra cosa.", "idempotency_key": "k-1"})

    assert "failed: idempotency_key_reused [idempotency_key]" in refused


async def test_an_edit_adds_a_version_and_keeps_the_first(content: Content) -> None:
    made = await content.asset()

    edited = await content.call(
        "new_version", asset_id=made["id"], body="Tostado hoy.", engine="human", note="shorter", based_on=1
    )

    assert edited["latest_version"] == 2
    assert [version["body"] for version in edited["versions"]] == ["Tostado cada semana en Tarrazú.", "Tostado hoy."]
    assert edited["versions"][1]["headline"] == "Conocé Geisha Roast"
    assert edited["versions"][1]["note"] == "shorter"
    assert edited["updated_at"] > made["updated_at"]


async def test_the_same_edit_again_makes_no_version(content: Content) -> None:
    made = await content.asset()
    edit = {"asset_id": made["id"], "body": "Tostado hoy.", "engine": "human"}

    first = await content.call("new_version", **edit)

    assert await content.call("new_version", **edit) == first


async def test_an_edit_of_a_version_somebody_edited_meanwhile_is_refused(content: Content) -> None:
    made = await content.asset()
    await content.call("new_version", asset_id=made["id"], body="Uno.", engine="human", based_on=1)

    refused = await content.refusal("new_version", asset_id=made["id"], body="Dos.", engine="human", based_on=1)

    assert "version_outdated [based_on]" in refused


async def test_a_list_is_newest_first_and_pages_through_everything_once(content: Content) -> None:
    made = [(await content.asset(title=f"Asset {number}"))["id"] for number in range(5)]

    found: list[str] = []
    cursor = None
    while True:
        page = await content.call("list_assets", limit=2, **({"cursor": cursor} if cursor else {}))
        found += [asset["id"] for asset in page["assets"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert found == made[::-1]


@pytest.mark.parametrize(
    ("filters", "titles"),
    [
        ({"client": "cafe alta"}, {"one", "two"}),
        ({"product": "MILK"}, {"three"}),
        ({"channel": "search"}, {"two"}),
        ({"language": "en"}, {"three"}),
        ({"status": "published"}, set[str]()),
        ({"client": "Cafe Alta", "channel": "social"}, {"one"}),
    ],
)
async def test_a_list_is_narrowed_by_every_filter(content: Content, filters: dict[str, str], titles: set[str]) -> None:
    await content.asset(title="one")
    await content.asset(title="two", channel="search", platform="Google Ads", body="Corto.")
    await content.asset(title="three", client="Lacteos", product="Milk", language="en")

    page = await content.call("list_assets", **filters)

    assert {asset["title"] for asset in page["assets"]} == titles


@pytest.mark.parametrize("cursor", ["nonsense", "e30=", "eyJhdCI6ICJub3ciLCAiaWQiOiAiYSJ9", "%%%"])
async def test_a_cursor_that_no_page_returned_is_refused(content: Content, cursor: str) -> None:
    assert "invalid_cursor" in await content.refusal("list_assets", cursor=cursor)


async def test_another_tenants_assets_do_not_exist(content: Content) -> None:
    made = await content.asset()
    stranger = caller("another-tenant")

    assert "asset_not_found" in await content.refusal("get_asset", stranger, asset_id=made["id"])
    edit = {"asset_id": made["id"], "body": "Mine now.", "engine": "human"}
    assert "asset_not_found" in await content.refusal("new_version", stranger, **edit)
    assert "asset_not_found" in await content.refusal("publish_asset", stranger, asset_id=made["id"], version=1)
    listed = await content.call("list_assets", stranger)
    assert made["id"] not in {asset["id"] for asset in listed["assets"]}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"country": "Atlantis"}, "unknown_country [country]"),
        ({"platform": "TikTok", "channel": "email"}, "unsupported_format [channel]"),
        ({"body": "Gratis\u202e hoy"}, "hidden_characters [body]"),
        ({"title": "a\x00b"}, "hidden_characters [title]"),
        ({"body": " \n "}, "nothing_to_change [body]"),
        ({"publish": True}, "unknown_argument [publish]"),
        ({"engine": "oracle"}, "engine"),
    ],
)
async def test_what_cannot_be_stored_is_refused_by_name(content: Content, changes: dict[str, str], told: str) -> None:
    assert told in await content.refusal("create_asset", **{**ASSET, **changes})


async def test_a_viewer_sees_and_calls_only_what_reads(content: Content) -> None:
    viewer = caller(content.tenant, scopes=("content:read",), subject="user:viewer")
    made = await content.asset()

    async with content.client(viewer) as client:
        tools = {tool.name for tool in (await client.list_tools()).tools}

    assert tools == {"list_assets", "get_asset"}
    assert (await content.call("get_asset", viewer, asset_id=made["id"]))["id"] == made["id"]
    assert "insufficient_scope" in await content.refusal("create_asset", viewer, **ASSET)


async def test_an_asset_is_a_resource_too(content: Content) -> None:
    made = await content.asset()

    async with content.client() as client:
        read = await client.read_resource(f"content://assets/{made['id']}")

    assert json.loads(read.contents[0].model_dump()["text"]) == made


async def test_an_asset_resource_that_is_not_there_or_not_allowed_is_refused(content: Content) -> None:
    made = await content.asset()
    outsider = caller(content.tenant, scopes=("ads:read",))

    async with content.client() as client:
        with pytest.raises(MCPError, match="There is no asset"):
            await client.read_resource("content://assets/ast_0")
    async with content.client(outsider) as client:
        with pytest.raises(MCPError, match="content:read"):
            await client.read_resource(f"content://assets/{made['id']}")


async def test_the_prompt_leads_from_brief_to_approval(content: Content) -> None:
    async with content.client() as client:
        prompts = (await client.list_prompts()).prompts
        asked = {"client": "Cafe Alta", "product": "Geisha Roast", "audience": "coffee lovers", "destination": "TikTok"}
        prompt = await client.get_prompt("brief_to_copy", asked)

    assert all(entry.description for entry in prompts)
    assert "publish_asset" in prompt.messages[0].model_dump()["content"]["text"]
