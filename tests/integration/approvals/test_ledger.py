"""What a client commits on a day counts together: for tiers, for rules, and against caps, whoever proposes at once."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from approvals import governance
from approvals.domain import Action
from approvals.errors import CapReached, PolicyMoved, StalePolicy
from kernel.database import Connection
from tests.integration.approvals.queue_model import midday_zone
from tests.integration.approvals.support import PARTIAL, Queue, age, rules

TIERS: list[dict[str, Any]] = [
    {"name": "small", "limits": {"USD": "500"}, "required_approvals": 1, "undo_seconds": 0},
    {"name": "large", "limits": None, "required_approvals": 2, "undo_seconds": 0},
]


def spending(amount: str, *, client: str = "Acme", campaign: str = "cmp_1", currency: str = "USD") -> dict[str, Any]:
    return {"amount": amount, "currency": currency, "client": client, "campaign_id": campaign, "countries": []}


def capped(per: str, **limits: str) -> dict[str, Any]:
    return rules(time_zone=midday_zone(), caps=[{"per": per, "limits": limits}])


async def committed(queue: Queue, scope: str, unit: str = "USD", subject: str | None = None) -> Decimal:
    async with queue.transaction() as connection:
        counters = await governance.committed(connection, subject, 1000)
    return sum((one.committed for one in counters if (one.scope, one.unit) == (scope, unit)), Decimal(0))


async def allowed(queue: Queue, exposures: Sequence[dict[str, Any]]) -> list[Action]:
    """Those of these proposals that a cap lets through, one after the other."""
    through: list[Action] = []
    for exposure in exposures:
        try:
            through.append(await queue.propose(exposure=exposure))
        except CapReached:
            continue
    return through


async def test_ten_actions_below_a_tier_do_not_pass_it_together(queue: Queue) -> None:
    await queue.govern(rules(tiers=TIERS, time_zone=midday_zone()))

    actions = [await queue.propose(exposure=spending("490.00")) for _ in range(10)]

    assert [action.required_approvals for action in actions] == [1] + [2] * 9
    assert actions[-1].terms["client_day"]["USD"] == "4900.00"


async def test_clients_and_currencies_are_counted_apart(queue: Queue) -> None:
    tiers = [TIERS[0] | {"limits": {"USD": "500", "EUR": "500"}}, TIERS[1]]
    await queue.govern(rules(tiers=tiers, time_zone=midday_zone()))

    exposures = [spending("490.00"), spending("490.00", client="Beta"), spending("490.00", currency="EUR")]

    assert [(await queue.propose(exposure=one)).required_approvals for one in exposures] == [1, 1, 1]


async def test_without_a_client_the_account_is_what_counts_together(queue: Queue) -> None:
    await queue.govern(rules(tiers=TIERS, time_zone=midday_zone()))
    nameless: dict[str, Any] = {"amount": "490.00", "currency": "USD", "countries": []}

    first = await queue.propose(exposure=nameless, target_account="acct-7")
    second = await queue.propose(exposure=nameless, target_account="acct-7")

    assert (first.required_approvals, second.required_approvals) == (1, 2)


@pytest.mark.parametrize(("amount", "required"), [("500.00", 1), ("500.000001", 2), ("500", 1), ("0.00", 1)], ids=str)
async def test_a_tier_ends_exactly_at_its_limit(queue: Queue, amount: str, required: int) -> None:
    await queue.govern(rules(tiers=TIERS, time_zone=midday_zone()))

    assert (await queue.propose(exposure=spending(amount))).required_approvals == required


async def test_a_unit_that_a_tier_does_not_name_is_beyond_it(queue: Queue) -> None:
    await queue.govern(rules(tiers=TIERS, time_zone=midday_zone()))

    action = await queue.propose(exposure={"recipients": 1, "client": "Acme", "countries": []})

    assert action.required_approvals == 2


@pytest.mark.parametrize("per", ["client_day", "campaign", "tenant_day", "client_month"])
async def test_ten_actions_below_a_cap_do_not_pass_it_together(queue: Queue, per: str) -> None:
    await queue.govern(capped(per, USD="500"))

    through = await allowed(queue, [spending("490.00")] * 10)

    assert len(through) == 1
    assert await committed(queue, per) == Decimal(490)


async def test_a_cap_on_actions_counts_them(queue: Queue) -> None:
    await queue.govern(capped("tenant_day", actions="3"))

    exposures = [spending("1.00", client=client) for client in ("A", "B", "C", "D", "E")]

    assert len(await allowed(queue, exposures)) == 3


async def test_a_refused_proposal_leaves_nothing_in_any_counter(queue: Queue) -> None:
    await queue.govern(capped("client_day", USD="500"))

    with pytest.raises(CapReached, match="500 USD per client and day"):
        await queue.propose(exposure=spending("500.01"))

    assert [await committed(queue, scope) for scope in ("campaign", "client_day", "tenant_day")] == [0, 0, 0]


@pytest.mark.parametrize("end", ["reject", "cancel", "expire", "fail"])
async def test_what_will_not_happen_is_given_back(queue: Queue, admin: Connection, end: str) -> None:
    await queue.govern(capped("client_day", USD="500"))
    action = await queue.propose(exposure=spending("490.00"))

    match end:
        case "reject":
            await queue.vote(action, vote="reject")
        case "cancel":
            await queue.cancel(action)
        case "fail":
            await queue.vote(action)
            await queue.finish(await queue.claimed(), "FAILED", {"differences": []})
        case _:
            await _expire(queue, admin, action)

    assert await committed(queue, "client_day") == 0
    assert len(await allowed(queue, [spending("500.00")])) == 1


@pytest.mark.parametrize("state", ["SUCCEEDED", "FAILED_PARTIAL", "UNKNOWN"])
async def test_what_happened_or_may_have_stays_committed(queue: Queue, state: str) -> None:
    await queue.govern(capped("client_day", USD="500"))
    await queue.approved(exposure=spending("490.00"))
    await queue.finish(await queue.claimed(), state, PARTIAL if state == "FAILED_PARTIAL" else None)

    assert await committed(queue, "client_day") == Decimal(490)
    assert await allowed(queue, [spending("490.00")]) == []


async def test_an_edit_commits_the_new_instead_of_the_old(queue: Queue) -> None:
    await queue.govern(capped("client_day", USD="1000"))
    action = await queue.propose(exposure=spending("400.00"))

    edited = await _revise(queue, action, spending("900.00", campaign="cmp_2"))
    with pytest.raises(CapReached):
        await _revise(queue, edited, spending("1000.01"))

    assert await committed(queue, "client_day") == Decimal(900)
    assert await committed(queue, "campaign", subject="cmp_1") == 0
    assert await committed(queue, "campaign", subject="cmp_2") == Decimal(900)
    assert (await queue.get(action.id)).revision == 2


async def test_an_edit_is_for_the_tier_that_it_grows_into(queue: Queue) -> None:
    await queue.govern(rules(tiers=TIERS, time_zone=midday_zone()))
    action = await queue.propose(exposure=spending("100.00"))

    edited = await _revise(queue, action, spending("501.00"))

    assert (action.required_approvals, edited.required_approvals) == (1, 2)


async def test_a_lowered_cap_stops_what_comes_next_and_nothing_before(queue: Queue) -> None:
    await queue.govern(capped("client_day", USD="1000"))
    before = await queue.propose(exposure=spending("900.00"))
    await queue.govern(capped("client_day", USD="500"))

    assert await allowed(queue, [spending("1.00")]) == []
    await queue.vote(before)
    assert (await queue.finish(await queue.claimed())).state == "SUCCEEDED"


async def test_forty_proposals_at_once_never_overshoot_a_cap(queue: Queue) -> None:
    await queue.govern(capped("client_day", USD="1000"))

    results = await asyncio.gather(
        *(queue.propose(exposure=spending("90.00", campaign=f"cmp_{i % 3}")) for i in range(40)),
        return_exceptions=True,
    )

    assert sum(isinstance(result, Action) for result in results) == 11
    assert sum(isinstance(result, CapReached) for result in results) == 29
    assert await committed(queue, "client_day") == Decimal(990)


async def test_ways_that_give_back_and_take_at_once_do_not_wait_crosswise(queue: Queue) -> None:
    """Edits that move between campaigns and clients, rejections, cancellations and proposals, all at once."""
    await queue.govern(capped("tenant_day", USD="100000"))
    places = [(f"cmp_{i % 3}", ("Acme", "Beta", "Core")[i % 3]) for i in range(10)]
    actions = [await queue.propose(exposure=spending("10.00", campaign=c, client=of)) for c, of in places]
    others = [(*places[1:], places[0])[i] for i in range(10)]

    moves = [
        _revise(queue, action, spending("20.00", campaign=c, client=of))
        for action, (c, of) in zip(actions[:6], others, strict=False)
    ]
    ends = [queue.vote(action, vote="reject") for action in actions[6:8]] + [queue.cancel(a) for a in actions[8:]]
    news = [queue.propose(exposure=spending("5.00", campaign=c, client=of)) for c, of in places]
    async with asyncio.timeout(30):
        done = await asyncio.gather(*moves, *ends, *news)

    assert len(done) == 20
    assert await committed(queue, "tenant_day") == 6 * 20 + 10 * 5


async def test_a_proposal_under_a_policy_that_moved_is_sent_again(queue: Queue) -> None:
    await queue.govern(rules(1))

    with pytest.raises(PolicyMoved):
        await queue.propose(policy_version="default-1")
    assert (await queue.propose()).policy_version == "quorum-1"


async def test_two_changes_of_one_version_of_a_policy_are_one(queue: Queue) -> None:
    async def change(required: int) -> None:
        async with queue.transaction() as connection:
            await governance.put_policy(connection, "quorum", rules(required), expected=0, author="user:admin")

    results = await asyncio.gather(change(1), change(2), change(3), return_exceptions=True)

    assert sum(isinstance(result, StalePolicy) for result in results) == 2


async def _revise(queue: Queue, action: Action, exposure: dict[str, Any]) -> Action:
    return await queue.edit_as(action, "user:editor", exposure=exposure)


async def _expire(queue: Queue, admin: Connection, action: Action) -> None:
    await age(admin, action.id)
    assert await queue.expire() == 1
