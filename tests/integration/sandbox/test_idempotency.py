"""One idempotency key, one effect, one answer."""

import asyncio

from kernel.ids import new_id

from .conftest import MESSAGE, ORDER, POST, Account


async def test_a_repeated_request_gets_the_first_answer_and_has_no_second_effect(account: Account) -> None:
    first = await account.write("POST", "/ads/campaigns", ORDER, key="act_1")
    account.clock.pass_days(3)
    second = await account.write("POST", "/ads/campaigns", ORDER, key="act_1")
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert "Idempotent-Replay" not in first.headers
    assert second.headers["Idempotent-Replay"] == "true"
    assert (await account.state())["campaigns"] == 1


async def test_the_same_meaning_in_other_bytes_is_the_same_request(account: Account) -> None:
    await account.write("POST", "/publisher/posts", POST, key="act_1")
    again = await account.write("POST", "/publisher/posts", dict(reversed(POST.items())), key="act_1")
    assert again.headers["Idempotent-Replay"] == "true"


async def test_a_key_with_another_body_is_refused(account: Account) -> None:
    await account.write("POST", "/messenger/messages", MESSAGE, key="act_1")
    other = await account.write("POST", "/messenger/messages", MESSAGE | {"body": "Bye"}, key="act_1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert (await account.state())["messages"] == 1


async def test_a_key_with_another_target_is_refused(account: Account) -> None:
    ids = [await account.launch(), await account.launch()]
    first, second = [await account.write("POST", f"/ads/campaigns/{id_}/pause", key="act_1") for id_ in ids]
    assert (first.status_code, second.status_code) == (200, 422)
    assert (await account.get(f"/ads/campaigns/{ids[1]}")).json()["status"] == "active"


async def test_concurrent_requests_with_one_key_have_one_effect_and_one_answer(account: Account) -> None:
    answers = await asyncio.gather(*(account.write("POST", "/ads/campaigns", ORDER, key="act_1") for _ in range(20)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotent-Replay" in answer.headers for answer in answers) == 19
    assert (await account.state())["campaigns"] == 1


async def test_concurrent_requests_with_one_key_and_two_bodies_have_one_effect(account: Account) -> None:
    bodies = [MESSAGE | {"body": f"Variant {number % 2}"} for number in range(12)]
    answers = await asyncio.gather(
        *(account.write("POST", "/messenger/messages", body, key="act_1") for body in bodies)
    )
    assert sorted(answer.status_code for answer in answers) == [201] * 6 + [422] * 6
    assert (await account.state())["messages"] == 1


async def test_concurrent_changes_of_a_campaign_are_made_one_after_the_other(account: Account) -> None:
    campaign_id = await account.launch()
    path = f"/ads/campaigns/{campaign_id}/budget"
    budgets = [f"{amount}.00" for amount in range(1001, 1011)]
    answers = await asyncio.gather(*(account.write("POST", path, {"budget": budget}) for budget in budgets))
    assert {answer.status_code for answer in answers} == {200}
    assert (await account.get(f"/ads/campaigns/{campaign_id}")).json()["budget"] in budgets


async def test_a_refused_request_does_not_use_its_key_up(account: Account) -> None:
    missing = await account.write("POST", "/ads/campaigns/ad_none/pause", key="act_1")
    campaign_id = await account.launch()
    retried = await account.write("POST", f"/ads/campaigns/{campaign_id}/pause", key="act_1")
    assert (missing.status_code, retried.status_code) == (404, 200)


async def test_accounts_do_not_share_keys(account: Account) -> None:
    other = Account(account.http, new_id("acc"), account.clock)
    first = await account.write("POST", "/ads/campaigns", ORDER, key="act_1")
    second = await other.write("POST", "/ads/campaigns", ORDER, key="act_1")
    assert first.json()["id"] != second.json()["id"]


async def test_deleting_a_post_twice_with_one_key_answers_twice(account: Account) -> None:
    path = f"/publisher/posts/{(await account.write('POST', '/publisher/posts', POST)).json()['id']}"
    first = await account.write("DELETE", path, key="act_1")
    second = await account.write("DELETE", path, key="act_1")
    assert (second.status_code, second.content) == (200, first.content)
