"""Platforms that are not what one would wish: forgetful, slow, lying. What really happened is in the journal."""

import asyncio
from typing import Any

import pytest

from kernel.ids import new_id
from kernel.settings import Settings

from .conftest import MESSAGE, ORDER, POST, Account, Clock, serving

WRITES = [
    ("ads", "/ads/campaigns", ORDER),
    ("publisher", "/publisher/posts", POST),
    ("messenger", "/messenger/messages", MESSAGE),
]


async def become(account: Account, service: str, kind: str) -> None:
    response = await account.http.put(
        "/control/kinds", json={"service": service, "kind": kind}, headers={"X-Account": account.name}
    )
    assert response.json()["kinds"][service] == kind, response.text


async def journal(account: Account, key: str) -> list[str]:
    effects = (await account.get("/control/effects", idempotency_key=key)).json()["effects"]
    return [effect["object_id"] for effect in effects]


@pytest.mark.parametrize(("service", "path", "body"), WRITES)
async def test_a_forgetful_platform_acts_every_time_it_is_asked(
    account: Account, service: str, path: str, body: dict[str, Any]
) -> None:
    await become(account, service, "forgetful")

    answers = [(await account.write("POST", path, body, key="act_1")) for _ in range(2)]

    ids = [answer.json()["id"] for answer in answers]
    assert len(set(ids)) == 2
    assert not any("Idempotent-Replay" in answer.headers for answer in answers)
    assert await journal(account, "act_1") == ids
    assert (await account.state())["idempotency_keys"] == 0


@pytest.mark.parametrize(("service", "path", "body"), WRITES)
async def test_what_a_key_did_can_be_looked_up_whether_keys_are_honoured_or_not(
    account: Account, service: str, path: str, body: dict[str, Any]
) -> None:
    honoured = (await account.write("POST", path, body, key="act_1")).json()["id"]
    await become(account, service, "forgetful")
    ignored = (await account.write("POST", path, body, key="act_2")).json()["id"]

    found = [(await account.get(path, idempotency_key=key)).json()["items"] for key in ("act_1", "act_2", "act_3")]

    assert [[item["id"] for item in items] for items in found] == [[honoured], [ignored], []]


async def test_a_changed_campaign_is_found_by_the_key_that_changed_it(account: Account) -> None:
    campaign_id = await account.launch()
    await account.launch()
    await account.write("POST", f"/ads/campaigns/{campaign_id}/pause", key="act_pause")

    [found] = (await account.get("/ads/campaigns", idempotency_key="act_pause")).json()["items"]

    assert (found["id"], found["status"]) == (campaign_id, "paused")
    assert await journal(account, "act_pause") == [campaign_id]


async def test_one_accounts_keys_find_nothing_of_another(account: Account) -> None:
    await account.write("POST", "/publisher/posts", POST, key="act_1")
    other = Account(account.http, new_id("acc"), account.clock)

    assert (await other.get("/publisher/posts", idempotency_key="act_1")).json()["items"] == []
    assert await journal(other, "act_1") == []


@pytest.mark.parametrize(("service", "path", "body"), WRITES[1:])
async def test_a_lying_platform_does_nothing_and_says_it_did(
    account: Account, service: str, path: str, body: dict[str, Any]
) -> None:
    await become(account, service, "lying")

    told = [await account.write("POST", path, body) for _ in range(2)]

    assert [answer.status_code for answer in told] == [201, 201]
    assert (await account.get(path)).json()["items"] == []
    assert (await account.get("/control/effects")).json()["effects"] == []


async def test_a_lying_ad_network_books_another_budget(account: Account) -> None:
    await become(account, "ads", "lying")
    launched = (await account.write("POST", "/ads/campaigns", ORDER)).json()

    found = (await account.get(f"/ads/campaigns/{launched['id']}")).json()

    assert (launched["budget"], found["budget"]) == ("1000.00", "1100.00")


async def test_a_slow_platform_has_acted_long_before_it_answers_and_answers_a_repeat_at_once(
    ready: Settings, clock: Clock
) -> None:
    async with serving(ready, clock, kinds="messenger:slow", slow_seconds=600) as http:
        account = Account(http, new_id("acc"), clock)
        first = asyncio.create_task(account.write("POST", "/messenger/messages", MESSAGE, key="act_1"))
        async with asyncio.timeout(30):
            while not await journal(account, "act_1"):
                assert not first.done()

        repeated = await account.write("POST", "/messenger/messages", MESSAGE, key="act_1")

        assert (repeated.status_code, repeated.headers["Idempotent-Replay"]) == (201, "true")
        assert not first.done()
        assert (await account.state())["messages"] == 1
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)


async def test_kinds_come_from_the_settings_then_from_everybodys_then_from_the_accounts_own(
    ready: Settings, clock: Clock
) -> None:
    async with serving(ready, clock, kinds="messenger:forgetful") as http:
        account, other = Account(http, new_id("acc"), clock), Account(http, new_id("acc"), clock)
        by_setting = (await account.state())["kinds"]
        everybody = await http.put("/control/kinds", json={"service": "messenger", "kind": "lying"})
        await become(account, "messenger", "honouring")

        met = [(await each.state())["kinds"]["messenger"] for each in (account, other)]
        cleared = await http.put("/control/kinds", json={"service": "messenger", "kind": None})

    assert cleared.json()["kinds"] == by_setting
    assert by_setting == {"messenger": "forgetful"}
    assert everybody.json()["kinds"] == {"messenger": "lying"}
    assert met == ["honouring", "lying"]


async def test_a_kind_there_is_not_is_refused(account: Account) -> None:
    response = await account.http.put("/control/kinds", json={"service": "ads", "kind": "deaf"})

    assert (response.status_code, response.json()["field"]) == (422, "kind")
