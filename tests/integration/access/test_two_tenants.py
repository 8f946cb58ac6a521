"""Two tenants use the same servers: what one of them ever saw is, to the other, something that never was."""

import json
import re
from typing import Any

import pytest

from kernel.ids import new_id
from kernel.settings import MCP_SERVERS, Service
from tests.integration.access.conftest import OURS, THEIRS
from tests.integration.access.estate import Estate
from tests.integration.access.test_routes_by_role import routes
from tests.integration.access.world import EXAMPLES, World, settle
from tests.integration.tenancy.catalogue import SyncConnection
from tests.integration.tenancy.rows import insert, row, rows_of

FREE_REFERENCES = {
    ("crm", "register_lead", "campaign_id"): "whatever the file or form of a lead says, stored as it is said",
    ("crm", "record_sale", "campaign_id"): "likewise",
}
"""Arguments that are looked up nowhere."""
SMUGGLED = ("tenant", "tenant_id", "user", "user_id", "sub", "client_id", "roles", "scope", "act_as", "app.tenant")
BODIES: dict[str, dict[str, Any]] = {
    "approve": {"revision": 1},
    "reject": {"revision": 1, "reason": "No."},
    "edit": {"revision": 1, "args": {}, "reason": "Less."},
    "cancel": {"revision": 1},
    "break-glass": {"revision": 1, "digest": "sha256:" + "0" * 64, "reason": "Fire."},
    "reconcile": {"finding": "failed", "reason": "Seen."},
    "close": {"finding": "Justified."},
    "messages": {"text": "What is pending?"},
    "PATCH": {"display_name": "Somebody"},
    "POST": {},
    "PUT": {},
    "invitations": {"email": "ana@example.com"},
}
"""By the last part of a path, else by the method."""
OF_NO_OTHER_TENANT = {
    "POST /v1/clients/{client_id}/disable": "OAuth clients are of no tenant",
    "PUT /v1/policies/{name}": "a name makes a policy of one's own",
}


@pytest.fixture(scope="module")
async def ours(estate: Estate) -> World:
    return await settle(estate, OURS, "Quetzal")


@pytest.fixture(scope="module")
async def theirs(estate: Estate, admin: SyncConnection, ours: World) -> World:
    world = await settle(estate, THEIRS, "Colibri")
    invitation = {**row(admin, "identity.invitations", THEIRS), "id": new_id("inv")}
    user = row(admin, "identity.users", THEIRS)
    insert(admin, "identity.invitations", invitation)
    insert(admin, "identity.users", user | {"display_name": world.secret})
    more = {"invitation_id": str(invitation["id"]), "subject": str(user["subject"]), "tenant": THEIRS}
    return World(THEIRS, world.secret, {**world.ids, **more})


def test_every_tool_has_an_example(estate: Estate, tools: list[tuple[Service, dict[str, Any]]]) -> None:
    assert {(server, tool["name"]) for server, tool in tools} == set(EXAMPLES)


@pytest.fixture(scope="module")
async def tools(estate: Estate) -> list[tuple[Service, dict[str, Any]]]:
    return [
        (server, tool)
        for server in MCP_SERVERS
        for tool in await estate.listed(server, estate.token("admin", server, tenant=OURS))
    ]


async def test_an_id_of_another_tenant_is_as_good_as_one_that_never_was(
    estate: Estate, admin: SyncConnection, tools: list[tuple[Service, dict[str, Any]]], ours: World, theirs: World
) -> None:
    before = rows_of(admin, THEIRS)
    places: list[tuple[Service, str, str]] = [
        (server, tool["name"], argument) for server, tool in tools for argument in _id_like(tool)
    ]
    assert len(places) > 20
    for place in sorted(places, key=lambda place: place in FREE_REFERENCES):  # what they store is found later
        server, tool, argument = place
        foreign, own = theirs.ids[argument], ours.ids[argument]
        told = [
            await _answer(estate, server, tool, ours, {argument: value})
            for value in (foreign, _never_was(foreign), own)
        ]
        assert theirs.secret not in str(told[0]), place
        assert _normal(told[0]) == _normal(told[1]), place
        if place not in FREE_REFERENCES:
            assert _normal(told[2]) != _normal(told[1]), (place, "nothing is looked up here")
    assert rows_of(admin, THEIRS) == before


async def test_resources_and_completions_know_ones_own_alone(estate: Estate, ours: World, theirs: World) -> None:
    for server in MCP_SERVERS:
        token = estate.token("admin", server, tenant=OURS)
        for template in await estate.servers[server].list_resource_templates():
            (argument,) = re.findall(r"{(\w+)}", template.uri_template)
            foreign = theirs.ids[argument]
            told = [
                await _read(estate, server, template.uri_template.replace(f"{{{argument}}}", value), token)
                for value in (foreign, _never_was(foreign), ours.ids[argument])
            ]
            assert "error" in told[0]
            assert _normal(told[0]) == _normal(told[1])
            assert ours.secret in str(told[2])
            reference = {"type": "ref/resource", "uri": template.uri_template}
            for typed in ("", foreign, foreign[:8], theirs.secret):
                asked = {"ref": reference, "argument": {"name": argument, "value": typed}}
                _, message = await estate.mcp(server, "completion/complete", asked, token)
                assert theirs.secret not in str(message["result"])
                assert foreign not in str(message["result"])
            own = {"ref": reference, "argument": {"name": argument, "value": ours.ids[argument]}}
            _, message = await estate.mcp(server, "completion/complete", own, token)
            assert message["result"]["completion"]["values"] == [ours.ids[argument]]


async def test_a_cursor_of_another_tenant_opens_only_ones_own_list(
    estate: Estate, tools: list[tuple[Service, dict[str, Any]]], ours: World, theirs: World
) -> None:
    tried = 0
    for server, tool in tools:
        if "cursor" not in tool["inputSchema"]["properties"]:
            continue
        await _answer(estate, server, _CREATES[server], theirs, {})
        page = await _answer(estate, server, tool["name"], theirs, {"limit": 1})
        cursor = page["result"]["structuredContent"]["next_cursor"]
        answer = await _answer(estate, server, tool["name"], ours, {"cursor": cursor})
        assert theirs.secret not in str(answer), server
        tried += 1
    assert tried == 3


_CREATES: dict[Service, str] = {"content": "create_asset", "ads": "draft_campaign", "crm": "register_lead"}


async def test_a_name_of_another_tenant_is_a_value_that_does_not_exist(
    estate: Estate, ours: World, theirs: World
) -> None:
    """Questions and filters name clients, campaigns, regions: nearby values are suggested, never another tenant's."""
    nobodys = "Zopilot"
    assert len(nobodys) == len(theirs.secret)
    for form in ("Client {}", "Imported {}", "{}"):
        for cut in (0, 1):
            wanted, unknown = (form.format(word[: len(word) - cut]) for word in (theirs.secret, nobodys))
            asked = [("ask", {"question": f"Spend of {name} in November 2026?"}) for name in (wanted, unknown)]
            for dimension in ("client", "campaign", "region"):
                filters = [{"dimension": dimension, "op": "in", "values": [name]} for name in (wanted, unknown)]
                asked += [("query_metrics", {"dimensions": [], "filters": [filtered]}) for filtered in filters]
            told = [await _answer(estate, "analytics", tool, ours, arguments) for tool, arguments in asked]
            said = [_without(answer, theirs.secret, theirs.secret[:-1], nobodys, nobodys[:-1]) for answer in told]
            assert said[0::2] == said[1::2], wanted
    own = await _answer(estate, "analytics", "query_metrics", ours, {})
    assert ours.secret in str(own)


@pytest.mark.parametrize("name", SMUGGLED)
async def test_no_tool_takes_a_tenant_or_a_person_as_an_argument(
    estate: Estate, tools: list[tuple[Service, dict[str, Any]]], ours: World, name: str
) -> None:
    for server, tool in tools:
        assert name not in tool["inputSchema"]["properties"], tool["name"]
        answer = await _answer(estate, server, tool["name"], ours, {name: THEIRS})
        assert answer["result"]["isError"], tool["name"]
        assert f"unknown_argument [{name}]" in str(answer["result"]["content"]), (tool["name"], answer)


async def test_a_turn_of_another_tenant_cannot_be_followed_through_ones_own_thread(
    estate: Estate, ours: World, theirs: World
) -> None:
    """Streams are kept by turn; only a thread's own turns lead to one."""
    token = estate.token("admin", "orchestrator", tenant=THEIRS)
    thread = f"/v1/threads/{theirs.ids['thread_id']}"
    url, headers = f"{estate.settings.url('orchestrator')}{thread}", {"Authorization": f"Bearer {token}"}
    said = await estate.http.post(f"{url}/messages", json={"text": "What is pending?"}, headers=headers, timeout=60)
    assert said.status_code == 200, said.text
    assert theirs.secret in said.text
    history = (await estate.http.get(url, headers=headers)).json()
    (turn,) = {str(found) for found in re.findall(r"turn_[0-9a-z]{26}", json.dumps(history))}

    own = await estate.rest("orchestrator", "GET", f"{thread}/stream?turn={turn}", token)
    stranger = estate.token("admin", "orchestrator", tenant=OURS)
    mine = f"/v1/threads/{ours.ids['thread_id']}"
    followed = await estate.rest("orchestrator", "GET", f"{mine}/stream?turn={turn}", stranger)
    asked = await estate.rest("orchestrator", "GET", f"{thread}/stream?turn={turn}", stranger)

    assert (own.status_code, followed.status_code, asked.status_code) == (200, 204, 404)


async def test_lists_of_routes_hold_ones_own_alone(estate: Estate, ours: World, theirs: World) -> None:
    shown = ""
    for service, entry in routes(estate):
        method, _, path = entry.partition(" ")
        if method != "GET" or "{" in path or path == "/v1/events":
            continue
        answer = await estate.rest(service, method, path, estate.token("admin", service, tenant=OURS))
        assert theirs.secret not in answer.text, (service, entry)
        assert THEIRS not in answer.text, (service, entry)
        shown += answer.text
    assert ours.secret in shown


async def test_what_routes_name_of_another_tenant_never_was(
    estate: Estate, admin: SyncConnection, theirs: World, ours: World
) -> None:
    before, tried = rows_of(admin, THEIRS), 0
    for service, entry in routes(estate):
        method, _, path = entry.partition(" ")
        names = re.findall(r"{(\w+)}", path)
        if not names or entry in OF_NO_OTHER_TENANT:
            continue
        (name,) = names
        token = estate.token("admin", service, tenant=OURS)
        told: list[tuple[int, str]] = []
        for value in (theirs.ids[name], _never_was(theirs.ids[name])):
            body = BODIES.get(path.rpartition("/")[2], BODIES.get(method))
            answer = await estate.rest(service, method, path.replace(f"{{{name}}}", value), token, body=body)
            streams = "text/event-stream" in answer.headers.get("content-type", "")
            told.append((answer.status_code, "" if streams else _without(answer.text, value)))
        assert told[0] == told[1], (service, entry)
        assert told[0][0] in (403, 404) or entry == "PUT /v1/clients/{name}", (service, entry, told)
        tried += 1
    assert tried > 15
    assert rows_of(admin, THEIRS) == before


def _id_like(tool: dict[str, Any]) -> list[str]:
    return [name for name in tool["inputSchema"]["properties"] if name.endswith("_id")]


async def _answer(estate: Estate, server: Service, tool: str, world: World, changed: dict[str, Any]) -> dict[str, Any]:
    token = estate.token("admin", server, tenant=world.tenant)
    _, message = await estate.call(server, tool, EXAMPLES[server, tool](world) | changed, token)
    return message


async def _read(estate: Estate, server: Service, uri: str, token: str) -> dict[str, Any]:
    _, message = await estate.mcp(server, "resources/read", {"uri": uri}, token, name=uri)
    return message


def _never_was(known: str) -> str:
    """A name of the same form that nobody ever had."""
    kind, made, _ = known.partition("_")
    return new_id(kind) if made and kind.isalpha() else f"{known}-never"


def _normal(answer: dict[str, Any]) -> str:
    """An answer without what differs from call to call: ids and times."""
    text = re.sub(r"\b[a-z]+_[0-9a-z]{26}\b|S-[\w-]+", "ID", json.dumps(answer, sort_keys=True))
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)?", "TIME", text)


def _without(answer: object, *words: str) -> str:
    text = answer if isinstance(answer, str) else json.dumps(answer, sort_keys=True, ensure_ascii=False)
    for word in words:
        text = text.replace(word, "WORD")
    return re.sub(r"req_\w+", "REQ", text)
