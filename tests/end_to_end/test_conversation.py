"""The conversation API as a portal uses it, over the whole system."""

from collections.abc import AsyncGenerator
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from psycopg import AsyncConnection

from tests.end_to_end.conversation import Person, person, turn_of
from tests.end_to_end.system import System

BRIEF = "Lanza Geisha Roast en México del 1 al 31 de diciembre de 2026 con {budget} USD, meta 100 ventas"


@pytest.fixture
async def http() -> AsyncGenerator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(timeout=60, trust_env=False) as client:
        yield client


@pytest.fixture
async def marketer(system: System, http: httpx2.AsyncClient) -> Person:
    return await person(system, http)


async def status_of(system: System, approval_id: str) -> str:
    return str((await system.action(approval_id))["status"])


def launch_of(turn: dict[str, Any]) -> dict[str, Any]:
    (launch,) = [item for item in turn["approvals"] if item["tool"] == "launch_campaign"]
    return launch


async def test_a_brief_is_completed_by_answering_questions(marketer: Person) -> None:
    thread = await marketer.thread()

    asked = await marketer.say(thread, "Quiero lanzar Geisha Roast")
    still = await marketer.say(thread, "100 ventas, 2500 USD")
    turn = await marketer.say(thread, "En México, del 1 al 31 de diciembre de 2026")

    assert asked["status"] == still["status"] == "question"
    assert "el presupuesto" in asked["question"]
    assert "el presupuesto" not in still["question"]
    assert (turn["status"], turn["strategy"]["budget"]["amount"]) == ("strategy", "2500.00")
    assert turn["engine"] == "playbook"
    assert "playbook" in turn["message"]


async def test_a_turn_streams_its_work_its_cards_and_ends_with_its_result(marketer: Person) -> None:
    thread = await marketer.thread()

    chunks = [chunk async for chunk in marketer.stream(thread, BRIEF.format(budget=2600))]
    kinds = [chunk["type"] for chunk in chunks]
    turn, cards = turn_of(chunks), [chunk["data"] for chunk in chunks if chunk["type"] == "data-approval"]
    progress = {(chunk["data"]["specialist"], chunk["data"]["tool"]) for chunk in chunks if "progress" in chunk["type"]}

    assert kinds[:2] == ["start", "start-step"]
    assert kinds[-3:] == ["data-turn", "finish-step", "finish"]
    assert "data-strategy" in kinds
    assert {("analytics", "query_metrics"), ("ads", "generate_campaign"), ("content", "generate_copy")} <= progress
    assert {card["id"] for card in cards} == {item["id"] for item in turn["approvals"]}
    assert all(card["revision"] == 1 and card["impact"]["client"] == "Cafe Alta" for card in cards)
    assert turn["message"] == "".join(chunk["delta"] for chunk in chunks if chunk["type"] == "text-delta")


async def test_every_recommendation_rests_on_evidence_from_a_server(marketer: Person) -> None:
    turn = await marketer.say(await marketer.thread(), BRIEF.format(budget=2700))
    strategy = turn["strategy"]
    evidence = {item["id"]: item for item in strategy["evidence"]}

    assert all(line["evidence"] and set(line["evidence"]) <= set(evidence) for line in strategy["channels"])
    for line in strategy["channels"]:
        item = evidence[line["evidence"][0]]
        assert item["query"]
        assert item["as_of"] <= "2100-01-01"
        assert Decimal(item["value"]) > 0


async def test_a_change_makes_a_version_and_withdraws_what_it_supersedes(system: System, marketer: Person) -> None:
    thread = await marketer.thread()
    first = await marketer.say(thread, BRIEF.format(budget=2800))

    second = await marketer.say(thread, "sube el presupuesto a 3300 USD")

    launch, publish = launch_of(first), next(item for item in first["approvals"] if item["tool"] == "publish_asset")
    changes = second["changes"]
    assert (second["strategy"]["version"], second["strategy"]["budget"]["amount"]) == (2, "3300.00")
    assert second["strategy"]["messages"] == first["strategy"]["messages"]
    assert changes["brief_fields"] == ["budget"]
    assert changes["replanned"] == ["ads"]
    assert changes["approvals_cancelled"] == [launch["id"]]
    assert changes["approvals_kept"] == [publish["id"]]
    assert await status_of(system, launch["id"]) == "cancelled"
    assert await status_of(system, launch_of(second)["id"]) == "pending"

    stored = (await marketer.get(f"/v1/threads/{thread}/strategy")).json()
    assert [version["version"] for version in stored["versions"]] == [2, 1]
    assert {item["status"] for item in stored["approvals"]} == {"pending_approval"}


async def test_a_version_changes_a_live_campaign_instead_of_launching_it_again(
    system: System, marketer: Person
) -> None:
    thread = await marketer.thread()
    launch = launch_of(await marketer.say(thread, BRIEF.format(budget=2900)))
    assert (await system.cli("approvals", "approve", launch["id"])).returncode == 0
    assert (await system.settled(launch["id"]))["status"] == "succeeded"

    turn = await marketer.say(thread, "sube el presupuesto a 3400 USD")

    spending = [item for item in turn["approvals"] if item["tool"] != "publish_asset"]
    assert [item["tool"] for item in spending] == ["change_budget"]
    assert "3400.00 USD" in spending[0]["summary"]


async def test_questions_pending_and_actions_are_answered_without_touching_the_strategy(
    system: System, marketer: Person
) -> None:
    thread = await marketer.thread()
    launch = launch_of(await marketer.say(thread, BRIEF.format(budget=3100)))

    answer = await marketer.say(thread, "¿Cuántas ventas cerramos el mes pasado por país?")
    pending = await marketer.say(thread, "¿Qué está pendiente?")
    unknown = await marketer.say(thread, "pausa la campaña Que No Existe")
    help_turn = await marketer.say(thread, "hola")

    assert (answer["status"], answer["answer"]["status"]) == ("answer", "answered")
    assert answer["answer"]["rows"]
    assert pending["status"] == "pending"
    assert launch["id"] in {item["id"] for item in pending["approvals"]}
    assert (unknown["status"], help_turn["status"]) == ("question", "help")
    assert await status_of(system, launch["id"]) == "pending"


async def test_a_finished_turn_can_be_replayed_by_name_and_none_is_running(marketer: Person) -> None:
    thread = await marketer.thread()
    chunks = [chunk async for chunk in marketer.stream(thread, "hola")]

    assert await marketer.follow(thread) is None
    assert await marketer.follow(thread, turn_of(chunks)["turn_id"]) == chunks


async def test_the_history_holds_both_sides(marketer: Person) -> None:
    thread = await marketer.thread()
    turn = await marketer.say(thread, "hello")

    history = (await marketer.get(f"/v1/threads/{thread}")).json()

    assert (history["status"], history["title"]) == ("idle", "hello")
    assert [(item["role"], item["text"]) for item in history["messages"]] == [
        ("user", "hello"),
        ("assistant", turn["message"]),
    ]
    assert history["messages"][1]["turn"] == turn


@pytest.mark.parametrize(
    ("body", "field"),
    [({"text": "  "}, "text"), ({"text": "a" * 16_001}, "text"), ({}, "text"), ({"text": 7}, "text")],
)
async def test_a_message_that_cannot_be_taken_names_its_field_and_fix(
    body: dict[str, Any], field: str, marketer: Person
) -> None:
    response = await marketer.post(f"/v1/threads/{await marketer.thread()}/messages", body)

    problem = response.json()
    assert (response.status_code, problem["field"]) == (422, field)
    assert response.headers["content-type"] == "application/problem+json"
    assert problem["fix"]


async def test_a_thread_is_its_persons_alone(system: System, http: httpx2.AsyncClient, marketer: Person) -> None:
    thread = await marketer.thread()
    async with httpx2.AsyncClient(timeout=30, trust_env=False) as other:
        admin = await person(system, other, "admin")
        for path in ("", "/strategy", "/stream"):
            assert (await admin.get(f"/v1/threads/{thread}{path}")).status_code == 404
        assert (await admin.post(f"/v1/threads/{thread}/messages", {"text": "hola"})).status_code == 404
        assert (await admin.post(f"/v1/threads/{thread}/resume")).status_code == 404
    http.headers.pop("Authorization")
    assert (await http.get(f"{marketer.base_url}/v1/threads/{thread}")).status_code == 401


async def test_checkpoints_hold_neither_the_words_nor_the_token(system: System, marketer: Person) -> None:
    secret = "call Zebulon Quartz at +506 8888-7777"
    token = marketer.http.headers["Authorization"].removeprefix("Bearer ")
    thread = await marketer.thread()
    turn = await marketer.say(thread, f"{BRIEF.format(budget=3150)} ({secret})")
    assert turn["status"] == "strategy"

    url = system.settings.admin_database_url()
    async with await AsyncConnection.connect(url) as connection:
        stored: list[bytes] = []
        for column, table in (
            ("checkpoint::text", "checkpoints"),
            ("blob", "checkpoint_blobs"),
            ("blob", "checkpoint_writes"),
        ):
            query = f"SELECT {column} FROM orchestrator.{table} WHERE thread_id LIKE %s"
            rows = await connection.execute(query.encode(), (f"%{thread}%",))
            stored += [
                bytes(str(cell), "utf-8") if isinstance(cell, str) else bytes(cell or b"")
                for (cell,) in await rows.fetchall()
            ]

    everything = b"".join(stored)
    assert b"Geisha Roast" in everything
    for private in (secret, "Zebulon", "8888-7777", token):
        assert private.encode() not in everything


async def test_there_is_nothing_to_resume_after_a_finished_turn(marketer: Person) -> None:
    thread = await marketer.thread()
    await marketer.say(thread, "hola")

    response = await marketer.post(f"/v1/threads/{thread}/resume")

    assert (response.status_code, response.json()["code"]) == (409, "nothing_to_resume")


async def test_who_may_not_propose_gets_the_plan_and_the_reason(system: System, http: httpx2.AsyncClient) -> None:
    viewer = await person(system, http, "viewer")

    turn = await viewer.say(await viewer.thread(), BRIEF.format(budget=3200))

    assert turn["status"] == "strategy"
    assert turn["approvals"] == []
    assert "No se pudo proponer" in turn["message"]


async def test_who_may_not_read_a_server_is_told_which_scope_is_missing(
    system: System, http: httpx2.AsyncClient
) -> None:
    seller = await person(system, http, "sales_agent")

    turn = await seller.say(await seller.thread(), BRIEF.format(budget=3250))

    assert turn["status"] == "error"
    assert turn["error"]["code"] == "insufficient_scope"
    assert "ads:read" in turn["message"]
