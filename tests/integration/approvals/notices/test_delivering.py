"""What happens in the queue reaches people, at least once: by signed webhook, and in the sandbox's inbox."""

import asyncio
import hashlib
import hmac
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL

import httpx2
import pytest

from approvals import repository
from approvals.notices.running import delivering, open_courier
from approvals.notices.settings import NotificationSettings
from kernel.database import Connection
from kernel.migrations import migrate
from kernel.settings import Settings
from sandbox.__main__ import CONTEXT as SANDBOX
from sandbox.app import create_app
from sandbox.settings import SandboxSettings
from tests.integration.approvals.notices.receivers import MailServer, WebServer
from tests.integration.approvals.notices.support import ROLE, ROOT, SECRET, Opening, deliveries, hook, letters
from tests.integration.approvals.outside import served
from tests.integration.approvals.rest import Callers
from tests.integration.approvals.support import Queue


async def test_webhook_is_told_who_should_look_at_what_and_can_verify_it(
    queue: Queue, web: WebServer, courier: Opening, approvals_settings: Settings
) -> None:
    action = await queue.propose()

    assert await (await courier(hook(web))).deliver() == 1

    (call,) = web.calls
    stamp, _, digest = call.headers["x-promptsales-signature"].removeprefix("t=").partition(",v1=")
    expected = hmac.new(SECRET.encode(), stamp.encode() + b"." + call.body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(digest, expected)
    document = json.loads(call.body)
    assert call.headers["x-promptsales-id"] == document.pop("id")
    assert document.pop("at")
    assert document == {
        "event": "proposed",
        "tenant": queue.tenant,
        "seq": 1,
        "action_id": action.id,
        "revision": 1,
        "title": f"Waits for approval: {action.summary}",
        "summary": action.summary,
        "url": f"{approvals_settings.url('approvals')}/v1/actions/{action.id}",
        "for": ["reviewer", "admin"],
        "proposer": "user:marketer",
        "language": "en",
    }


async def test_arguments_and_evidence_stay_in_the_queue(
    queue: Queue, mail: MailServer, web: WebServer, courier: Opening
) -> None:
    await queue.propose(args={"to": "lead-secret"}, evidence=[{"title": "x", "detail": "evidence-secret"}])

    await (await courier(letters(mail), hook(web))).deliver()

    everything = mail.mails[0].as_string() + web.calls[0].body.decode()
    assert "secret" not in everything


async def test_each_event_is_told_once_to_the_channels_that_want_it(
    queue: Queue, web: WebServer, mail: MailServer, courier: Opening, admin: Connection
) -> None:
    approved = await queue.approved()
    await queue.finish(await queue.claimed())
    other = Queue(queue.api, queue.executor)
    await other.cancel(await other.propose())
    both = await courier(hook(web, tenants=[queue.tenant]), letters(mail, events=["cancelled", "succeeded"]))

    while await both.deliver():
        continue

    told = [json.loads(call.body) for call in web.calls]
    assert sorted(one["event"] for one in told) == ["approved", "proposed", "succeeded"]
    assert {(one["tenant"], one["action_id"]) for one in told} == {(queue.tenant, approved.id)}
    assert sorted(one["Subject"].partition(":")[0] for one in mail.mails) == ["Carried out", "Withdrawn"]
    assert {state for _, _, state, _ in await deliveries(admin)} == {"delivered"}
    assert len({one["X-PromptSales-Id"] for one in mail.mails}) == 2


async def test_failed_attempts_are_repeated_under_the_same_id_and_end(
    queue: Queue, web: WebServer, courier: Opening, admin: Connection
) -> None:
    await queue.propose()
    web.answers.extend(["500 Oops", "302 Found\r\nLocation: /elsewhere", "429 Slow"])
    stubborn = await courier(hook(web), max_attempts=3)

    for _ in range(3):
        await stubborn.deliver()
        await admin.execute("UPDATE approvals.notice_deliveries SET due_at = now()")

    assert await stubborn.deliver() == 0
    assert len({call.headers["x-promptsales-id"] for call in web.calls}) == 1
    assert len(web.calls) == 3
    assert await deliveries(admin) == [("proposed", "webhook", "dead", 3)]


async def test_the_pause_between_attempts_doubles(
    queue: Queue, web: WebServer, courier: Opening, admin: Connection
) -> None:
    await queue.propose()
    web.answers.extend(["500 Oops"] * 3)
    patient = await courier(hook(web), backoff_seconds=100)
    pauses: list[int] = []
    for _ in range(3):
        await patient.deliver()
        cursor = await admin.execute(
            "SELECT round(extract(epoch FROM due_at - clock_timestamp()) / 100)::int AS n"
            " FROM approvals.notice_deliveries"
        )
        pauses.append((await cursor.fetchall())[0]["n"])
        assert await patient.deliver() == 0
        await admin.execute("UPDATE approvals.notice_deliveries SET due_at = now()")

    assert pauses == [1, 2, 4]


async def test_a_receiver_that_is_gone_for_good_is_not_asked_again(
    queue: Queue, web: WebServer, courier: Opening, admin: Connection
) -> None:
    await queue.propose()
    web.answers.append("410 Gone")

    await (await courier(hook(web))).deliver()

    assert await deliveries(admin) == [("proposed", "webhook", "dead", 1)]


async def test_one_channel_that_fails_does_not_keep_the_others(
    queue: Queue, web: WebServer, mail: MailServer, courier: Opening, admin: Connection
) -> None:
    await queue.propose()
    mail.refusals.append(("MAIL", "451 later"))

    await (await courier(hook(web), letters(mail))).deliver()

    assert await deliveries(admin) == [("proposed", "email", "pending", 1), ("proposed", "webhook", "delivered", 1)]


async def test_two_couriers_send_nothing_twice(queue: Queue, web: WebServer, courier: Opening) -> None:
    for _ in range(30):
        await queue.propose()
    first, second = await courier(hook(web)), await courier(hook(web))

    counts = [1]
    while any(counts):
        counts = await asyncio.gather(first.deliver(), second.deliver())

    assert len(web.calls) == len({call.headers["x-promptsales-id"] for call in web.calls}) == 30


async def test_notices_of_a_rolled_back_entry_are_none(queue: Queue, web: WebServer, courier: Opening) -> None:
    action = await queue.propose()
    async with queue.transaction() as connection:
        await repository.cancel(connection, action.id, revision=1, by="user:marketer", roles=[], reason=None)
        await connection.rollback()

    await (await courier(hook(web))).deliver()

    assert [json.loads(call.body)["event"] for call in web.calls] == ["proposed"]


async def test_the_courier_wakes_when_something_happens(
    queue: Queue, web: WebServer, approvals_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    options = NotificationSettings(channels=json.dumps([hook(web)]))
    async with delivering(approvals_settings, options, ROLE), asyncio.timeout(20):
        await queue.propose()
        await web.arrived.wait()

    assert len(web.calls) == 1


async def test_a_killed_process_delivers_again_under_the_same_id(
    queue: Queue, web: WebServer, courier: Opening, approvals_settings: Settings, admin: Connection
) -> None:
    web.answers.append("hold")
    await queue.propose()
    process = await _courier_process(approvals_settings, web)
    try:
        async with asyncio.timeout(60):
            await web.arrived.wait()
    finally:
        process.send_signal(signal.SIGKILL)
        await process.wait()
    during = await deliveries(admin)
    next_one = await courier(hook(web))
    before_the_lease_ends = await next_one.deliver()
    await admin.execute("UPDATE approvals.notice_deliveries SET due_at = now()")

    await next_one.deliver()

    assert (during, before_the_lease_ends) == ([("proposed", "webhook", "pending", 1)], 0)
    assert len({call.headers["x-promptsales-id"] for call in web.calls}) == 1
    assert await deliveries(admin) == [("proposed", "webhook", "delivered", 2)]


async def test_the_sandboxes_inbox_holds_notices_by_tenant_once(
    queue: Queue, approvals_settings: Settings, admin: Connection
) -> None:
    await asyncio.to_thread(migrate, approvals_settings, SANDBOX)
    other = Queue(queue.api, queue.executor)
    action = await queue.propose()
    await other.propose()
    app = create_app(approvals_settings, SandboxSettings())
    async with (
        app.router.lifespan_context(app),
        served(app, approvals_settings, "sandbox"),
        open_courier(approvals_settings, NotificationSettings(), ROLE) as courier,
        httpx2.AsyncClient(base_url=approvals_settings.url("sandbox"), trust_env=False) as http,
    ):
        await courier.deliver()
        await admin.execute("UPDATE approvals.notice_deliveries SET state = 'pending', due_at = now()")
        await courier.deliver()
        headers = {
            "Authorization": f"Bearer {approvals_settings.client_secret('sandbox')}",
            "X-Account": queue.tenant,
        }
        page = (await http.get("/inbox/messages", headers=headers)).json()

    (message,) = page["items"]
    assert (message["event"], message["action_id"]) == ("proposed", action.id)
    assert page["sandbox"] is True


async def test_without_a_sandbox_unconfigured_notices_end_soon(
    queue: Queue, approvals_settings: Settings, admin: Connection
) -> None:
    await queue.propose()
    async with open_courier(approvals_settings, NotificationSettings(), ROLE) as courier:
        for _ in range(4):
            await courier.deliver()
            await admin.execute("UPDATE approvals.notice_deliveries SET due_at = now()")

    assert await deliveries(admin) == [("proposed", "inbox", "dead", 3)]


async def test_no_channel_means_that_nobody_is_told(queue: Queue, courier: Opening, admin: Connection) -> None:
    await queue.propose()

    assert await (await courier()).deliver() == 0
    assert await deliveries(admin) == []


async def test_old_notices_are_deleted(queue: Queue, web: WebServer, courier: Opening, admin: Connection) -> None:
    await queue.propose()
    await queue.propose()
    keeping = await courier(hook(web), keep_days=2)
    await keeping.deliver()
    await admin.execute("UPDATE approvals.notices SET at = now() - interval '3 days' WHERE seq = 1")

    assert await keeping.sweep() == 1
    assert await deliveries(admin) == [("proposed", "webhook", "delivered", 1)]


async def test_a_tenant_sees_what_became_of_its_own_notices(
    callers: Callers, queue: Queue, web: WebServer, courier: Opening
) -> None:
    action = await callers.proposed()
    web.answers.append("410 Gone")
    await (await courier(hook(web))).deliver()
    reader = await callers.person("reviewer")

    (dead,) = (await callers.get("/v1/notices", reader, state="dead")).json()["items"]

    assert (dead["action_id"], dead["channel"], dead["attempts"]) == (action["id"], "webhook", 1)
    assert dead["error"] == "the receiver answered 410"
    assert (await callers.get("/v1/notices", reader, state="pending")).json() == {"items": []}
    assert (await callers.get("/v1/notices", reader, before=1)).json() == {"items": []}
    assert (await callers.get("/v1/notices", callers.forged(tenant="other"))).json() == {"items": []}


async def _courier_process(settings: Settings, web: WebServer) -> asyncio.subprocess.Process:
    """A courier in a process of its own."""
    environment = os.environ | {
        "PROMPTSALES_DATA_DIR": str(settings.data_dir),
        "PROMPTSALES_PORT_OFFSET": str(settings.port_offset),
        "PROMPTSALES_NOTIFICATION_CHANNELS": json.dumps([hook(web)]),
        "HOOK_SECRET": SECRET,
    }
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", _DELIVER, cwd=ROOT, env=environment, stdout=DEVNULL, stderr=DEVNULL
    )


_DELIVER = """
import asyncio
from approvals.notices.running import delivering
from approvals.notices.settings import NotificationSettings
from kernel.settings import get_settings

async def deliver():
    async with delivering(get_settings(), NotificationSettings(), "promptsales_approvals"):
        await asyncio.Event().wait()

asyncio.run(deliver())
"""
