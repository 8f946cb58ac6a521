"""What the simulated platforms keep and give back."""

from decimal import Decimal
from typing import Any

import httpx2
import pytest

from kernel.ids import new_id

from .conftest import MESSAGE, ORDER, POST, Account


async def test_a_launched_campaign_reads_back_as_it_was_ordered(account: Account) -> None:
    response = await account.write("POST", "/ads/campaigns", ORDER)
    launched = response.json()
    found = (await account.get(f"/ads/campaigns/{launched['id']}")).json()
    assert response.status_code == 201
    assert launched == found
    assert found.items() >= ORDER.items()
    assert (found["status"], found["sandbox"], found["flight_days"]) == ("active", True, 10)


async def test_every_answer_announces_the_sandbox(account: Account) -> None:
    campaign_id = await account.launch()
    for path in ("/ads/campaigns", f"/ads/campaigns/{campaign_id}/insights", "/publisher/posts", "/control/state"):
        response = await account.get(path)
        assert response.headers["X-Sandbox"] == "true"
        assert response.json()["sandbox"] is True
    assert (await account.get("/ads/campaigns/none")).headers["X-Sandbox"] == "true"


async def test_a_pause_and_its_end_take_effect_on_the_next_day(account: Account) -> None:
    campaign_id = await account.launch()
    paused = await account.write("POST", f"/ads/campaigns/{campaign_id}/pause")
    account.clock.pass_days(3)
    resumed = await account.write("POST", f"/ads/campaigns/{campaign_id}/resume")
    account.clock.pass_days(1)
    rows = (await account.get(f"/ads/campaigns/{campaign_id}/insights")).json()["rows"]
    assert (paused.json()["status"], resumed.json()["status"]) == ("paused", "active")
    assert sorted({row["date"] for row in rows}) == ["2026-11-02", "2026-11-06"]


async def test_insights_go_on_from_the_cursor_until_the_budget_is_spent(account: Account) -> None:
    campaign_id = await account.launch()
    path = f"/ads/campaigns/{campaign_id}/insights"
    first = (await account.get(path)).json()
    account.clock.pass_days(4)
    second = (await account.get(path, after=first["cursor"])).json()
    account.clock.pass_days(100)
    third = (await account.get(path, after=second["cursor"])).json()
    everything = (await account.get(path)).json()
    assert len(first["rows"]) == 2
    assert [page["complete"] for page in (first, second, third)] == [False, False, True]
    assert first["rows"] + second["rows"] + third["rows"] == everything["rows"]
    assert sum(Decimal(row["spend"]) for row in everything["rows"]) == Decimal("1000.00")
    assert (await account.get(path, after=third["cursor"])).json()["rows"] == []
    assert (await account.get(f"/ads/campaigns/{campaign_id}")).json()["status"] == "ended"


async def test_a_new_budget_is_what_the_flight_spends(account: Account) -> None:
    campaign_id = await account.launch()
    account.clock.pass_days(2)
    changed = await account.write("POST", f"/ads/campaigns/{campaign_id}/budget", {"budget": "1500.00"})
    account.clock.pass_days(100)
    rows = (await account.get(f"/ads/campaigns/{campaign_id}/insights")).json()["rows"]
    assert changed.json()["budget"] == "1500.00"
    assert [line["budget"] for line in changed.json()["line_items"]] == ["900.00", "600.00"]
    assert sum(Decimal(row["spend"]) for row in rows) == Decimal("1500.00")


async def test_a_budget_below_what_was_spent_is_refused(account: Account) -> None:
    campaign_id = await account.launch()
    response = await account.write("POST", f"/ads/campaigns/{campaign_id}/budget", {"budget": "1.00"})
    assert (response.status_code, response.json()["code"], response.json()["field"]) == (
        422,
        "budget_below_spend",
        "budget",
    )


async def test_an_ended_campaign_cannot_be_paused(account: Account) -> None:
    campaign_id = await account.launch()
    account.clock.pass_days(11)
    response = await account.write("POST", f"/ads/campaigns/{campaign_id}/pause")
    assert (response.status_code, response.json()["code"]) == (409, "campaign_ended")


async def test_campaigns_are_listed_by_reference_and_by_page(account: Account) -> None:
    ids = [await account.launch(external_ref=ref) for ref in ("cmp_a", "cmp_b", "cmp_a")]
    by_reference = (await account.get("/ads/campaigns", external_ref="cmp_a")).json()
    page = (await account.get("/ads/campaigns", limit="2")).json()
    rest = (await account.get("/ads/campaigns", limit="2", after=page["cursor"])).json()
    assert [item["id"] for item in by_reference["items"]] == [ids[0], ids[2]]
    assert [item["id"] for item in page["items"] + rest["items"]] == sorted(ids)
    assert rest["cursor"] is None


async def test_a_post_reads_back_until_it_is_deleted(account: Account) -> None:
    published = await account.write("POST", "/publisher/posts", POST)
    path = f"/publisher/posts/{published.json()['id']}"
    found = await account.get(path)
    deleted = await account.write("DELETE", path)
    assert (published.status_code, found.json()) == (201, published.json())
    assert found.json().items() >= POST.items()
    assert (deleted.status_code, deleted.json()["status"]) == (200, "deleted")
    assert (await account.get(path)).status_code == 404
    assert (await account.get("/publisher/posts")).json()["items"] == []


async def test_a_message_reads_back_and_is_listed_by_lead(account: Account) -> None:
    sent = await account.write("POST", "/messenger/messages", MESSAGE)
    await account.write("POST", "/messenger/messages", MESSAGE | {"lead_ref": "lead_2"})
    found = await account.get(f"/messenger/messages/{sent.json()['id']}")
    listed = (await account.get("/messenger/messages", lead_ref="lead_1")).json()
    assert (sent.status_code, found.json()) == (201, sent.json())
    assert found.json().items() >= MESSAGE.items()
    assert listed["items"] == [found.json()]


async def test_one_account_sees_nothing_of_another(account: Account) -> None:
    campaign_id = await account.launch()
    other = Account(account.http, new_id("acc"), account.clock)
    assert (await other.get(f"/ads/campaigns/{campaign_id}")).status_code == 404
    assert (await other.get("/ads/campaigns")).json()["items"] == []
    assert (await other.write("POST", f"/ads/campaigns/{campaign_id}/pause")).status_code == 404
    assert (await other.state())["campaigns"] == 0


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/ads/campaigns", {**ORDER, "budget": "1000.001"}, "amount"),
        ("/ads/campaigns", {**ORDER, "budget": "-5"}, "budget"),
        ("/ads/campaigns", {**ORDER, "budget": "900"}, "line_items"),
        ("/ads/campaigns", {**ORDER, "end": "2026-11-01"}, "end"),
        ("/ads/campaigns", {**ORDER, "currency": "XXX"}, "currency"),
        ("/ads/campaigns", {**ORDER, "line_items": []}, "line_items"),
        ("/ads/campaigns", {**ORDER, "surprise": 1}, "surprise"),
        ("/publisher/posts", {**POST, "body": ""}, "body"),
        ("/messenger/messages", {**MESSAGE, "to": "+50688887777"}, "to"),
        ("/messenger/messages", {**MESSAGE, "channel": "sms"}, "to"),
        ("/messenger/messages", {**MESSAGE, "channel": "pigeon"}, "channel"),
    ],
)
async def test_a_request_that_cannot_be_done_names_the_field(
    account: Account, path: str, body: dict[str, Any], field: str
) -> None:
    response = await account.write("POST", path, body)
    assert (response.status_code, response.json()["field"]) == (422, field)
    assert response.json()["fix"]
    assert (await account.state())["idempotency_keys"] == 0


async def test_a_write_needs_an_idempotency_key_and_every_call_an_account(account: Account) -> None:
    keyless = await account.http.post("/ads/campaigns", json=ORDER, headers={"X-Account": account.name})
    homeless = await account.http.get("/ads/campaigns")
    assert (keyless.status_code, keyless.json()["field"]) == (422, "Idempotency-Key")
    assert (homeless.status_code, homeless.json()["field"]) == (422, "X-Account")


@pytest.mark.parametrize("authorization", [None, "Bearer wrong", "Basic abc"])
async def test_a_caller_without_the_api_key_is_refused(http: httpx2.AsyncClient, authorization: str | None) -> None:
    headers = {"X-Account": "acc", "Authorization": authorization or ""}
    for path in ("/ads/campaigns", "/publisher/posts", "/messenger/messages", "/control/state"):
        response = await http.get(path, headers=headers)
        assert response.status_code == 401
        assert "WWW-Authenticate" in response.headers


async def test_the_service_says_that_it_is_ready(http: httpx2.AsyncClient) -> None:
    assert (await http.get("/healthz")).json()["status"] == "ok"
    assert (await http.get("/readyz")).json()["checks"] == {"database": "ok"}
