"""The inbox holds what the system had to tell, by account, each notice once."""

from typing import Any

from .conftest import Account

NOTICE: dict[str, Any] = {
    "event": "proposed",
    "action_id": "act_1",
    "title": "Waits for approval: Launch",
    "text": "For: reviewers",
    "language": "en",
    "url": "http://127.0.0.1:8110/v1/actions/act_1",
    "readers": ["reviewer", "admin"],
    "occurred_at": "2026-11-22T10:00:00Z",
}


async def test_a_notice_is_kept_once_and_read_back(account: Account) -> None:
    first = await account.write("POST", "/inbox/messages", NOTICE, key="ntc_1")
    again = await account.write("POST", "/inbox/messages", NOTICE, key="ntc_1")

    page = (await account.get("/inbox/messages")).json()
    assert first.status_code == 201
    assert again.headers["Idempotent-Replay"] == "true"
    assert page["items"] == [first.json()]
    assert page["items"][0].items() >= NOTICE.items()
    assert page["sandbox"] is True


async def test_notices_are_paged_and_found_by_action(account: Account) -> None:
    for number in (1, 2, 3):
        await account.write("POST", "/inbox/messages", NOTICE | {"action_id": f"act_{number % 2}"})

    page = (await account.get("/inbox/messages", limit="2")).json()
    rest = (await account.get("/inbox/messages", after=page["cursor"], limit="2")).json()
    found = (await account.get("/inbox/messages", action_id="act_1")).json()

    assert (len(page["items"]), len(rest["items"]), rest["cursor"]) == (2, 1, None)
    assert [item["action_id"] for item in found["items"]] == ["act_1", "act_1"]


async def test_another_account_has_an_inbox_of_its_own(account: Account) -> None:
    await account.write("POST", "/inbox/messages", NOTICE)
    stranger = Account(account.http, f"{account.name}-other", account.clock)

    assert (await stranger.get("/inbox/messages")).json()["items"] == []


async def test_an_inbox_without_the_key_or_with_half_a_notice_refuses(account: Account) -> None:
    half = await account.write("POST", "/inbox/messages", {"event": "proposed"})
    unknown = await account.http.get(
        "/inbox/messages", headers={"X-Account": account.name, "Authorization": "Bearer no"}
    )

    assert (half.status_code, unknown.status_code) == (422, 401)


async def test_the_inbox_fails_on_demand(account: Account) -> None:
    await account.inject("inbox", "server_error")

    struck = await account.write("POST", "/inbox/messages", NOTICE, key="ntc_1")
    again = await account.write("POST", "/inbox/messages", NOTICE, key="ntc_1")

    assert (struck.status_code, again.status_code) == (500, 201)
