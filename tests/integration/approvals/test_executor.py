"""The executor against an ads server over HTTP: exactly one effect, and never a success that was none."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx2
import pytest

from approvals.domain import Action
from approvals.executor.dispatcher import Dispatcher
from approvals.executor.loop import Executor
from approvals.grants import GrantSigner
from approvals.servers import Servers
from approvals.settings import ApprovalSettings
from kernel.auth import TokenClient
from kernel.database import Connection, Database
from kernel.settings import Settings
from tests.integration.approvals.outside import FakeAds
from tests.integration.approvals.support import Queue, rules, unguarded

OPTIONS = ApprovalSettings(executor_lease_seconds=3, executor_max_attempts=3, executor_poll_seconds=0.05)


@dataclass(frozen=True)
class Bench:
    """An executor's parts, to be driven step by step."""

    dispatcher: Dispatcher
    executor: Executor
    queue: Queue
    admin: Connection

    async def attempt(self) -> Action:
        """Claim what is due and carry it out; the action afterwards."""
        claimed = await self.queue.claimed()
        await self.dispatcher.carry_out(claimed)
        return await self.queue.get(claimed.id)

    async def end_lease(self, action: Action) -> None:
        await self.admin.execute("UPDATE approvals.actions SET lease_until = now() WHERE id = %s", (action.id,))


@pytest.fixture
async def bench(
    approvals_settings: Settings, queue: Queue, ads: FakeAds, admin: Connection, executor_database: Database
) -> AsyncIterator[Bench]:
    async with (
        TokenClient(approvals_settings, "executor") as tokens,
        httpx2.AsyncClient(timeout=OPTIONS.call_timeout_seconds, trust_env=False) as http,
    ):
        servers = Servers(approvals_settings, tokens, http)
        signer = GrantSigner.open(approvals_settings)
        dispatcher = Dispatcher(executor_database, servers, signer, OPTIONS, "executor:test")
        executor = Executor(executor_database, dispatcher, OPTIONS, "executor:test")
        yield Bench(dispatcher, executor, queue, admin)


async def test_approved_action_is_applied_once_with_its_receipt(bench: Bench, ads: FakeAds) -> None:
    approved = await bench.queue.approved()

    done = await bench.attempt()

    assert (done.state, done.reason, done.lease_until) == ("SUCCEEDED", None, None)
    assert done.receipt == ads.effects[approved.id] | {"differences": []}
    grant = ads.calls[0]
    assert (grant.action_id, grant.digest, grant.fence, grant.tenant) == (
        approved.id,
        approved.digest,
        1,
        approved.tenant,
    )
    assert await bench.queue.events(approved.id) == ["proposed", "voted", "approved", "claimed", "succeeded"]


async def test_definitive_refusal_fails_with_its_reason(bench: Bench, ads: FakeAds) -> None:
    ads.script.append("refuse")
    await bench.queue.approved()

    failed = await bench.attempt()

    assert (failed.state, failed.reason) == ("FAILED", "campaign_not_live: It ended.")
    assert ads.effects == {}


@pytest.mark.parametrize("behaviour", ["lie", "hide"])
async def test_what_was_applied_differently_is_no_success(bench: Bench, ads: FakeAds, behaviour: str) -> None:
    ads.script.append("lie" if behaviour == "lie" else "hide")
    await bench.queue.approved()

    failed = await bench.attempt()

    assert (failed.state, failed.reason) == ("FAILED_PARTIAL", "applied_differs")
    assert failed.receipt is not None
    assert failed.receipt["differences"] == [{"field": "budget", "requested": "900", "applied": "100"}]


@pytest.mark.parametrize("behaviour", ["error", "garbled"])
async def test_unclear_answer_is_tried_again_after_a_pause(bench: Bench, ads: FakeAds, behaviour: str) -> None:
    ads.script.append("error" if behaviour == "error" else "garbled")
    await bench.queue.approved()

    waiting = await bench.attempt()

    assert waiting.state == "EXECUTING"
    assert waiting.reason is not None
    assert await bench.queue.claim() is None
    await bench.end_lease(waiting)
    assert (await bench.attempt()).state == "SUCCEEDED"
    assert len(ads.effects) == 1


async def test_server_that_never_answers_clearly_leaves_it_unknown(bench: Bench, ads: FakeAds) -> None:
    ads.script.extend(["error", "error", "error"])
    action = await bench.queue.approved()

    for _ in range(OPTIONS.executor_max_attempts):
        action = await bench.attempt()
        if action.state == "EXECUTING":
            await bench.end_lease(action)

    assert (action.state, action.reason) == ("UNKNOWN", "attempts_exhausted: unavailable")
    assert await bench.queue.claim() is None


async def test_unreachable_server_is_tried_again(bench: Bench, ads: FakeAds) -> None:
    action = await bench.queue.approved(server="crm")

    waiting = await bench.attempt()

    assert (waiting.id, waiting.state, waiting.reason) == (action.id, "EXECUTING", "unreachable: ConnectError")


async def test_effect_without_an_answer_is_not_repeated(bench: Bench, ads: FakeAds) -> None:
    ads.script.append("silent_after_effect")
    action = await bench.queue.approved()

    waiting = await bench.attempt()
    await bench.end_lease(waiting)
    done = await bench.attempt()

    assert waiting.reason in ("unreachable: ReadTimeout", "unreachable: TimeoutError")
    assert (done.state, done.fence, list(ads.effects)) == ("SUCCEEDED", 2, [action.id])


async def test_worker_that_dies_between_claim_and_call_is_replaced(bench: Bench, ads: FakeAds) -> None:
    await bench.queue.approved()
    dead = await bench.queue.claimed()
    await bench.end_lease(dead)

    done = await bench.attempt()

    assert (done.state, done.fence, len(ads.effects)) == ("SUCCEEDED", 2, 1)


async def test_worker_that_dies_after_the_effect_is_replaced_without_a_second_one(bench: Bench, ads: FakeAds) -> None:
    ads.script.append("silent_after_effect")
    await bench.queue.approved()
    dying = asyncio.create_task(bench.dispatcher.carry_out(claimed := await bench.queue.claimed()))
    await ads.effect_made.wait()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    await bench.end_lease(claimed)

    done = await bench.attempt()

    assert (done.state, [grant.fence for grant in ads.calls], len(ads.effects)) == ("SUCCEEDED", [1, 2], 1)


async def test_worker_that_wakes_up_after_being_replaced_changes_nothing(bench: Bench, ads: FakeAds) -> None:
    await bench.queue.approved()
    zombie = await bench.queue.claimed()
    await bench.end_lease(zombie)
    ads.script.append("lie")
    done = await bench.attempt()

    await bench.dispatcher.carry_out(zombie)

    after = await bench.queue.get(done.id)
    assert (done.state, after) == ("FAILED_PARTIAL", done)


async def test_target_that_is_not_what_was_approved_goes_back_to_the_reviewers(bench: Bench, ads: FakeAds) -> None:
    ads.script.append("drift")
    approved = await bench.queue.approved(tool="change_budget", args={"campaign_id": "cmp_1", "budget": "900"})

    returned = await bench.attempt()

    assert (returned.state, returned.revision, returned.document["target"]) == ("PENDING", 2, {"status": "paused"})
    assert returned.digest != approved.digest
    assert await bench.queue.claim() is None
    assert ads.effects == {}
    await bench.queue.vote(returned)
    done = await bench.attempt()
    assert (done.state, ads.calls[-1].digest) == ("SUCCEEDED", returned.digest)


async def test_target_that_drifted_beyond_a_cap_ends_without_an_effect(bench: Bench, ads: FakeAds) -> None:
    ads.script.append("drift")
    await bench.queue.govern(rules(caps=[{"per": "client_day", "limits": {"USD": "900"}}]))
    exposure = {"amount": "800.00", "currency": "USD", "client": "Acme", "campaign_id": "cmp_1"}
    await bench.queue.approved(tool="change_budget", exposure=exposure)

    failed = await bench.attempt()

    assert (failed.state, ads.effects) == ("FAILED", {})
    assert "the cap of 900 USD" in str(failed.reason)


async def test_outcome_that_the_server_cannot_know_is_left_to_a_person(bench: Bench, ads: FakeAds) -> None:
    ads.script.append("unknown")
    await bench.queue.approved()

    parked = await bench.attempt()

    assert (parked.state, parked.reason) == ("UNKNOWN", "outcome_unknown: It may have.")
    assert await bench.queue.claim() is None


async def test_executor_without_its_identity_waits(bench: Bench, ads: FakeAds, approvals_settings: Settings) -> None:
    elsewhere = approvals_settings.model_copy(update={"port_offset": approvals_settings.port_offset + 1})
    await bench.queue.approved()
    claimed = await bench.queue.claimed()
    async with TokenClient(elsewhere, "executor") as tokens, httpx2.AsyncClient(trust_env=False) as http:
        servers = Servers(approvals_settings, tokens, http)
        lost = Dispatcher(bench.queue.executor, servers, GrantSigner.open(approvals_settings), OPTIONS, "executor:lost")
        await lost.carry_out(claimed)

    waiting = await bench.queue.get(claimed.id)
    assert (waiting.state, ads.calls) == ("EXECUTING", [])
    assert str(waiting.reason).startswith("identity_unavailable")


async def test_running_executor_takes_up_approvals_as_they_come(bench: Bench, ads: FakeAds) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(bench.executor.run(stop))
    try:
        actions = [await bench.queue.approved() for _ in range(12)]
        done = [await bench.queue.reached(action.id, "SUCCEEDED") for action in actions]
    finally:
        stop.set()
        await running

    assert len(ads.effects) == len(done) == 12


async def test_running_executor_closes_what_has_expired(bench: Bench, ads: FakeAds) -> None:
    pending, approved = await bench.queue.propose(), await bench.queue.approved()
    await unguarded(bench.admin, "UPDATE approvals.actions SET expires_at = now()")
    stop = asyncio.Event()
    running = asyncio.create_task(bench.executor.run(stop))
    try:
        await bench.queue.reached(pending.id, "EXPIRED")
        await bench.queue.reached(approved.id, "EXPIRED")
    finally:
        stop.set()
        await running

    assert ads.calls == []


async def test_stopping_executor_finishes_what_it_has_begun(bench: Bench, ads: FakeAds) -> None:
    ads.script.append("hold")
    stop = asyncio.Event()
    running = asyncio.create_task(bench.executor.run(stop))
    begun, later = await bench.queue.approved(), await bench.queue.propose()
    await ads.effect_made.wait()
    stop.set()
    await bench.queue.vote(later)
    ads.release.set()
    await running

    assert (await bench.queue.get(begun.id)).state == "SUCCEEDED"
    assert (await bench.queue.get(later.id)).state == "APPROVED"


async def test_two_executors_never_apply_one_action_twice(bench: Bench, ads: FakeAds) -> None:
    actions = [await bench.queue.approved() for _ in range(10)]
    second = Executor(bench.queue.executor, bench.dispatcher, OPTIONS, "executor:second")
    stop = asyncio.Event()
    running = [asyncio.create_task(one.run(stop)) for one in (bench.executor, second)]
    try:
        for action in actions:
            await bench.queue.reached(action.id, "SUCCEEDED")
    finally:
        stop.set()
        await asyncio.gather(*running)

    assert sorted(grant.action_id for grant in ads.calls) == sorted(action.id for action in actions)
