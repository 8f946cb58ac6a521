"""Leads from registration to the closed sale, through the MCP tools."""

import asyncio
from typing import Any

import pytest
from mcp import MCPError

from kernel.ids import new_id
from tests.integration.crm.conftest import LEAD, Crm
from tests.support.identity import caller


def address() -> str:
    return f"{new_id('p')}@Example.com"


async def test_a_registered_lead_is_found_again_with_what_was_said(crm: Crm) -> None:
    email = address()

    registered = await crm.call("register_lead", **LEAD, email=email)
    found = await crm.call("get_lead", lead_id=registered["lead"]["lead_id"])

    assert registered["outcome"] == "created"
    assert registered["lead"]["reachable_by"] == ["email", "sms"]
    assert found["email"] == email.lower()
    assert (found["phone"], found["name"], found["language"]) == ("+50688887777", "Ana Mora", "es")
    assert (found["status"], found["country"], found["country_code"]) == ("new", "Costa Rica", "CR")
    assert found["consent"]["source"] == "form of 2026-11-02"
    assert found["interactions"] == found["stage_changes"] == found["sales"] == []


async def test_the_same_person_of_a_client_is_one_lead(crm: Crm) -> None:
    email = address()
    first = await crm.call("register_lead", client="Cafe Alta", source="fair", country="CR", email=email)

    again = await crm.call("register_lead", **{**LEAD, "client": "cafe alta"}, email=email.upper())
    other = await crm.call("register_lead", **{**LEAD, "client": "Other"}, email=email)

    assert again["outcome"] == "merged"
    assert again["lead"]["lead_id"] == first["lead"]["lead_id"]
    assert "already" in again["note"]
    assert (again["lead"]["source"], again["lead"]["product"]) == ("fair", "Geisha Roast")
    assert again["lead"]["reachable_by"] == ["email", "sms"]
    assert other["outcome"] == "created"


async def test_the_same_person_registered_at_once_from_many_sources_is_one_lead(crm: Crm) -> None:
    email = address()
    async with crm.client() as client:
        results = await asyncio.gather(
            *(client.call_tool("register_lead", {**LEAD, "email": email, "source": f"s{n}"}) for n in range(8))
        )

    answers: list[dict[str, Any]] = [result.structured_content or {} for result in results]
    assert sorted(answer["outcome"] for answer in answers) == ["created"] + ["merged"] * 7
    assert len({answer["lead"]["lead_id"] for answer in answers}) == 1


async def test_a_repeated_key_registers_once_and_stands_for_one_request(crm: Crm) -> None:
    email, key = address(), new_id("key")
    first = await crm.call("register_lead", **LEAD, email=email, idempotency_key=key)

    again = await crm.call("register_lead", **LEAD, email=email, idempotency_key=key)
    refused = await crm.refusal("register_lead", **LEAD, email=address(), idempotency_key=key)

    assert again["outcome"] == "repeated"
    assert again["lead"] == first["lead"]
    assert refused.startswith("failed: idempotency_key_reused [idempotency_key]")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"email": "ana"}, "invalid_email [email]"),
        ({"phone": "8888-7777"}, "invalid_phone [phone]"),
        ({"consent": {"email": True}}, "consent_without_source [consent.source]"),
    ],
)
async def test_what_cannot_be_registered_is_named(crm: Crm, changes: dict[str, Any], code: str) -> None:
    refused = await crm.refusal("register_lead", **{**LEAD, "email": address(), **changes})

    assert refused.startswith(f"failed: {code}")


async def test_lists_mask_addresses_and_page_through_every_lead_once(crm: Crm) -> None:
    client = new_id("client")
    ids = [await crm.register(client=client) for _ in range(5)]

    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = await crm.call("list_leads", client=client.upper(), limit=2, cursor=cursor)
        assert all(lead["email"] == "p***@example.com" for lead in page["leads"])
        assert all("phone" not in lead and "name" not in lead for lead in page["leads"])
        seen += [lead["lead_id"] for lead in page["leads"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert seen == sorted(ids, reverse=True)


async def test_filters_narrow_a_list(crm: Crm) -> None:
    client, email = new_id("client"), address()
    wanted = await crm.register(client=client, country="Mexico", email=email)
    await crm.register(client=client)

    for filters in ({"country": "MX"}, {"email": email}, {"country": "México", "status": "new"}):
        page = await crm.call("list_leads", client=client, **filters)
        assert [lead["lead_id"] for lead in page["leads"]] == [wanted]
    empty = await crm.call("list_leads", client=client, created_to="2020-01-01")
    assert empty["leads"] == []
    assert (await crm.refusal("list_leads", cursor="bogus")).startswith("failed: invalid_cursor [cursor]")


async def test_stages_move_forward_and_their_history_is_kept(crm: Crm) -> None:
    lead_id = await crm.register()

    moved = await crm.call("update_stage", lead_id=lead_id, status="qualified")
    still = await crm.call("update_stage", lead_id=lead_id, status="qualified")
    lost = await crm.call("update_stage", lead_id=lead_id, status="lost", reason="No budget this year.")

    assert (moved["previous"], moved["status"], moved["changed"]) == ("new", "qualified", True)
    assert (still["changed"], still["at"]) == (False, None)
    assert lost["status"] == "lost"
    history = (await crm.call("get_lead", lead_id=lead_id))["stage_changes"]
    assert [(change["previous"], change["status"], change["by"]) for change in history] == [
        ("new", "qualified", "user:marketer"),
        ("qualified", "lost", "user:marketer"),
    ]


async def test_moves_that_are_not_possible_say_what_is(crm: Crm) -> None:
    lead_id = await crm.register()

    assert "record_sale" in await crm.refusal("update_stage", lead_id=lead_id, status="won")
    assert "reason_missing [reason]" in await crm.refusal("update_stage", lead_id=lead_id, status="lost")
    assert "lead_not_found [lead_id]" in await crm.refusal("update_stage", lead_id="led_none", status="lost")


async def test_interactions_are_logged_in_order_and_once_a_key(crm: Crm) -> None:
    lead_id, key = await crm.register(), new_id("key")
    said = {"lead_id": lead_id, "channel": "phone", "direction": "outbound", "summary": "Asked for a sample."}

    first = await crm.call("log_interaction", **said, idempotency_key=key)
    again = await crm.call("log_interaction", **said, idempotency_key=key)
    await crm.call("log_interaction", **{**said, "direction": "inbound", "summary": "Liked it.", "body": "¡Rico!"})

    assert again == first
    assert first["unsubscribed"] is False
    history = (await crm.call("get_lead", lead_id=lead_id))["interactions"]
    assert [entry["summary"] for entry in history] == ["Asked for a sample.", "Liked it."]


@pytest.mark.parametrize("said", [{"body": "STOP"}, {"body": "¡Baja!"}, {"body": "No more, please.", "opt_out": True}])
async def test_a_request_to_stop_unsubscribes_for_good(crm: Crm, said: dict[str, Any]) -> None:
    email = address()
    lead_id = await crm.register(email=email)

    logged = await crm.call(
        "log_interaction", lead_id=lead_id, channel="sms", direction="inbound", summary="Reply", **said
    )
    again = await crm.call("register_lead", **LEAD, email=email)

    assert logged["unsubscribed"] is True
    assert again["lead"]["reachable_by"] == []
    assert (await crm.call("get_lead", lead_id=lead_id))["unsubscribed_at"] is not None


async def test_a_sale_wins_its_lead_and_takes_what_is_left_out_from_it(crm: Crm) -> None:
    lead_id = await crm.register()

    sale = await crm.call("record_sale", lead_id=lead_id, amount="1200.50", currency="USD")

    assert (sale["outcome"], sale["lead_status"], sale["amount"]) == ("recorded", "won", "1200.50")
    assert (sale["client"], sale["product"], sale["country"]) == ("Cafe Alta", "Geisha Roast", "Costa Rica")
    assert (sale["campaign_id"], sale["region"]) == ("cmp_1", "San José")
    found = await crm.call("get_lead", lead_id=lead_id)
    assert [entry["sale_id"] for entry in found["sales"]] == [sale["sale_id"]]
    assert found["stage_changes"][-1]["status"] == "won"


async def test_a_sale_is_stored_once_by_its_id_and_by_its_key(crm: Crm) -> None:
    lead_id, sale_id, key = await crm.register(), new_id("s"), new_id("key")
    said = {"lead_id": lead_id, "amount": "10.00", "currency": "USD"}
    first = await crm.call("record_sale", **said, sale_id=sale_id)

    by_id = await crm.call("record_sale", **{**said, "amount": "10"}, sale_id=sale_id)
    keyed = [await crm.call("record_sale", **said, idempotency_key=key) for _ in range(2)]
    other = await crm.refusal("record_sale", **{**said, "amount": "11.00"}, sale_id=sale_id)

    assert by_id == {**first, "outcome": "repeated"}
    assert [answer["outcome"] for answer in keyed] == ["recorded", "repeated"]
    assert keyed[0]["sale_id"] == keyed[1]["sale_id"] != sale_id
    assert other.startswith("failed: sale_differs [sale_id]")


async def test_a_sale_reported_many_times_at_once_is_one_sale(crm: Crm) -> None:
    lead_id, key = await crm.register(), new_id("key")
    said = {"lead_id": lead_id, "amount": "10.00", "currency": "USD", "idempotency_key": key}
    async with crm.client() as client:
        results = await asyncio.gather(*(client.call_tool("record_sale", said) for _ in range(6)))

    answers: list[dict[str, Any]] = [result.structured_content or {} for result in results]
    assert sorted(answer["outcome"] for answer in answers) == ["recorded"] + ["repeated"] * 5
    found = await crm.call("get_lead", lead_id=lead_id)
    assert (len(found["sales"]), len(found["stage_changes"])) == (1, 1)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"lead_id": "led_none"}, "lead_not_found [lead_id]"),
        ({"client": "Somebody Else"}, "other_client [client]"),
        ({"amount": "1.50", "currency": "JPY"}, "invalid_money [amount]"),
        ({"sold_at": "2999-01-01"}, "sale_in_future [sold_at]"),
        ({"lead_id": None, "client": "Cafe Alta", "product": "Roast"}, "sale_incomplete [country]"),
    ],
)
async def test_a_sale_that_cannot_be_is_refused_whole(crm: Crm, changes: dict[str, Any], code: str) -> None:
    lead_id = await crm.register()
    said = {"lead_id": lead_id, "amount": "10.00", "currency": "USD", **changes}

    refused = await crm.refusal("record_sale", **{name: value for name, value in said.items() if value is not None})

    assert refused.startswith(f"failed: {code}")
    assert (await crm.call("get_lead", lead_id=lead_id))["status"] == "new"


async def test_a_sale_without_a_lead_is_told_whole(crm: Crm) -> None:
    sale = await crm.call(
        "record_sale", amount="5", currency="EUR", client="Cafe Alta", product="Mug", country="España"
    )

    assert (sale["country"], sale["country_code"], sale["lead_id"], sale["lead_status"]) == ("Spain", "ES", None, None)


async def test_a_lead_resource_holds_what_get_lead_says(crm: Crm) -> None:
    lead_id = await crm.register()
    async with crm.client() as client:
        result = await client.read_resource(f"crm://leads/{lead_id}")
        with pytest.raises(MCPError, match="There is no lead"):
            await client.read_resource("crm://leads/led_none")
    async with crm.client(caller(scopes=("ads:read",))) as client:
        with pytest.raises(MCPError, match="crm:read"):
            await client.read_resource(f"crm://leads/{lead_id}")

    [content] = result.contents
    assert '"Ana Mora"' in str(getattr(content, "text", ""))


async def test_the_follow_up_prompt_names_the_lead_and_its_goal(crm: Crm) -> None:
    async with crm.client() as client:
        [prompt] = (await client.list_prompts()).prompts
        result = await client.get_prompt(prompt.name, {"lead_id": "led_7", "goal": "a tasting"})

    assert prompt.description
    assert "led_7" in str(result.messages)
    assert "a tasting" in str(result.messages)


async def test_a_token_is_shown_and_can_call_only_what_its_scopes_allow(crm: Crm) -> None:
    viewer = caller(scopes=("crm:read",))
    async with crm.client(viewer) as client:
        shown = {tool.name for tool in (await client.list_tools()).tools}

    assert shown == {"list_leads", "get_lead"}
    assert "crm:write" in await crm.refusal("register_lead", viewer, **LEAD, email=address())


async def test_no_tenant_sees_or_changes_another_tenants_rows(crm: Crm) -> None:
    email = address()
    lead_id = await crm.register(email=email)
    stranger = caller("globex")

    assert "lead_not_found" in await crm.refusal("get_lead", stranger, lead_id=lead_id)
    assert "lead_not_found" in await crm.refusal("update_stage", stranger, lead_id=lead_id, status="contacted")
    assert "lead_not_found" in await crm.refusal("record_sale", stranger, lead_id=lead_id, amount="1", currency="USD")
    assert (await crm.call("list_leads", stranger, email=email))["leads"] == []
    assert (await crm.call("register_lead", stranger, **LEAD, email=email))["outcome"] == "created"
    for table in ("leads", "interactions", "stage_changes", "sales", "messages", "requests"):
        rows = await crm.rows(f"SELECT DISTINCT tenant FROM crm.{table}", tenant="globex")
        assert {row["tenant"] for row in rows} <= {"globex"}
