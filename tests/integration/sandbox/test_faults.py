"""Injected faults do what they say, as often as they say, to whom they say."""

import pytest

from kernel.ids import new_id
from kernel.settings import Settings

from .conftest import MESSAGE, ORDER, POST, Account, Clock, serving


async def test_a_rate_limit_says_when_to_come_back_and_has_no_effect(account: Account) -> None:
    await account.inject("ads", "rate_limit")
    struck = await account.write("POST", "/ads/campaigns", ORDER, key="act_1")
    retried = await account.write("POST", "/ads/campaigns", ORDER, key="act_1")
    assert (struck.status_code, struck.headers["Retry-After"]) == (429, "1")
    assert retried.status_code == 201
    assert "Idempotent-Replay" not in retried.headers


@pytest.mark.parametrize(("kind", "status"), [("server_error", 500), ("timeout", 504)])
async def test_a_failure_before_the_effect_leaves_nothing(account: Account, kind: str, status: int) -> None:
    await account.inject("publisher", kind)
    struck = await account.write("POST", "/publisher/posts", POST)
    assert (struck.status_code, struck.headers["X-Sandbox"]) == (status, "true")
    assert (await account.state())["posts"] == 0


async def test_a_timeout_after_the_effect_is_found_out_by_the_same_key(account: Account) -> None:
    await account.inject("messenger", "timeout_after_effect")
    struck = await account.write("POST", "/messenger/messages", MESSAGE, key="act_1")
    retried = await account.write("POST", "/messenger/messages", MESSAGE, key="act_1")
    assert (struck.status_code, retried.status_code) == (504, 201)
    assert retried.headers["Idempotent-Replay"] == "true"
    assert (await account.state())["messages"] == 1


async def test_a_lie_about_a_launch_shows_in_the_budget_read_back(account: Account) -> None:
    await account.inject("ads", "lie")
    launched = (await account.write("POST", "/ads/campaigns", ORDER)).json()
    found = (await account.get(f"/ads/campaigns/{launched['id']}")).json()
    assert (launched["budget"], found["budget"]) == ("1000.00", "1100.00")


@pytest.mark.parametrize(("change", "body"), [("pause", None), ("budget", {"budget": "2000.00"})])
async def test_a_lie_about_a_change_shows_in_what_is_read_back(
    account: Account, change: str, body: dict[str, str] | None
) -> None:
    campaign_id = await account.launch()
    await account.inject("ads", "lie")
    told = (await account.write("POST", f"/ads/campaigns/{campaign_id}/{change}", body)).json()
    found = (await account.get(f"/ads/campaigns/{campaign_id}")).json()
    assert (told["status"], told["budget"]) != (found["status"], found["budget"])
    assert (found["status"], found["budget"]) == ("active", "1000.00")


@pytest.mark.parametrize(
    ("service", "path", "body"),
    [("publisher", "/publisher/posts", POST), ("messenger", "/messenger/messages", MESSAGE)],
)
async def test_a_lie_about_a_post_or_message_leaves_nothing_to_read(
    account: Account, service: str, path: str, body: dict[str, object]
) -> None:
    await account.inject(service, "lie")
    told = await account.write("POST", path, body)
    assert told.status_code == 201
    assert (await account.get(f"{path}/{told.json()['id']}")).status_code == 404


async def test_a_fault_strikes_as_often_as_asked_and_its_method_alone(account: Account) -> None:
    await account.inject("ads", "server_error", count=2, method="GET")
    launched = await account.write("POST", "/ads/campaigns", ORDER)
    statuses = [(await account.get("/ads/campaigns")).status_code for _ in range(3)]
    assert launched.status_code == 201
    assert statuses == [500, 500, 200]


async def test_a_read_is_not_lied_to(account: Account) -> None:
    await account.inject("ads", "lie")
    assert (await account.get("/ads/campaigns")).status_code == 200
    assert (await account.state())["faults"] == [
        {"service": "ads", "kind": "lie", "method": None, "remaining": 1},
    ]


async def test_a_fault_strikes_neither_another_service_nor_another_account(account: Account) -> None:
    await account.inject("ads", "server_error")
    other = Account(account.http, new_id("acc"), account.clock)
    assert (await account.get("/publisher/posts")).status_code == 200
    assert (await other.get("/ads/campaigns")).status_code == 200
    assert (await account.get("/ads/campaigns")).status_code == 500


async def test_a_fault_for_everybody_strikes_any_account(account: Account) -> None:
    body = {"service": "messenger", "kind": "server_error", "count": 1, "method": "DELETE"}
    response = await account.http.put("/control/faults", json=body)
    assert {"service": "messenger", "kind": "server_error", "method": "DELETE", "remaining": 1} in response.json()[
        "faults"
    ]
    assert (await account.state())["faults"] == response.json()["faults"]
    cleared = await account.http.put("/control/faults", json=body | {"count": 0})
    assert cleared.json()["faults"] == []


async def test_faults_by_chance_come_from_the_settings(ready: Settings, clock: Clock) -> None:
    async with serving(ready, clock, faults="ads:rate_limit:1") as http:
        account = Account(http, new_id("acc"), clock)
        assert (await account.get("/ads/campaigns")).status_code == 429
        assert (await account.get("/publisher/posts")).status_code == 200
