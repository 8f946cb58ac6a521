"""A message from proposal to receipt, against the real sandbox messenger and its faults."""

import asyncio
import json
from typing import Any

import pytest

from kernel.gate import Receipt
from kernel.gate.errors import GrantReplayed, NotReversible, OutcomeUnknown, PayloadAltered, StaleFence, TargetDrifted
from kernel.ids import new_id
from mcp_servers.crm.errors import NoConsent, PlatformUnavailable, Unsubscribed
from mcp_servers.crm.server import compose
from tests.integration.crm.conftest import LEAD, Crm
from tests.support.identity import caller

MESSAGE: dict[str, Any] = {
    "channel": "email",
    "subject": "Su muestra de café",
    "body": "Hola Ana, su muestra sale mañana.",
    "language": "es",
}


async def proposed(crm: Crm, **changes: Any) -> tuple[str, bytes]:
    """A lead to whom a message was proposed, and the bytes a reviewer would approve."""
    lead_id = await crm.register()
    await crm.call("send_message", lead_id=lead_id, **MESSAGE | changes)
    return lead_id, crm.grants.canonical(crm.queue.proposals[-1])


async def history(crm: Crm, lead_id: str) -> list[dict[str, Any]]:
    return (await crm.call("get_lead", lead_id=lead_id))["interactions"]


async def test_proposing_a_message_sends_nothing_and_answers_pending(crm: Crm) -> None:
    lead_id = await crm.register()

    outcome = await crm.call("send_message", lead_id=lead_id, **MESSAGE)
    found = await crm.call("get_approval", approval_id=outcome["approval_id"])

    assert (outcome["status"], found["status"]) == ("pending_approval", "pending_approval")
    assert (outcome["exposure"]["recipients"], outcome["exposure"]["countries"]) == (1, ["Costa Rica"])
    assert (outcome["exposure"]["client"], outcome["exposure"]["campaign_id"]) == ("Cafe Alta", "cmp_1")
    assert "p***@example.com" in outcome["summary"]
    assert await crm.sent(lead_id) == []
    assert await history(crm, lead_id) == []


async def test_what_reviewers_see_holds_no_address(crm: Crm) -> None:
    lead_id, _ = await proposed(crm)
    email = (await crm.call("get_lead", lead_id=lead_id))["email"]

    proposal = crm.queue.proposals[-1]

    assert email not in json.dumps(proposal)
    assert (proposal["target"]["to"], proposal["target"]["status"]) == ("p***@example.com", "new")
    assert [item["title"] for item in proposal["evidence"]] == ["Consent", "Stage"]
    assert proposal["reversible"] is False


async def test_only_the_message_to_a_lead_that_wrote_or_spoke_is_marked_as_shaped_by_outside_words(crm: Crm) -> None:
    silent, _ = await proposed(crm)
    written = await crm.register()
    entries: list[tuple[str, str, str]] = [(silent, "outbound", "We called."), (written, "inbound", "She called.")]
    for lead_id, direction, summary in entries:
        entry = {"lead_id": lead_id, "channel": "phone", "direction": direction, "summary": summary}
        await crm.call("log_interaction", **entry)

    provenance: list[dict[str, Any]] = []
    for lead_id in (silent, written):
        await crm.call("send_message", lead_id=lead_id, **MESSAGE)
        provenance.append(crm.queue.proposals[-1]["provenance"])

    reference = {"source": "what the lead wrote or said", "reference": f"crm://leads/{written}"}
    assert provenance == [
        {"engine": None, "cached": [], "untrusted": []},
        {"engine": None, "cached": [], "untrusted": [reference]},
    ]


async def test_a_granted_message_is_sent_once_and_its_receipt_agrees(crm: Crm) -> None:
    lead_id, canonical = await proposed(crm)
    action_id = new_id("act")

    receipt = await crm.gate.execute(crm.grants.sign(action_id, canonical), canonical)

    [message] = await crm.sent(lead_id)
    assert message["to"] == (await crm.call("get_lead", lead_id=lead_id))["email"]
    assert (message["subject"], message["body"]) == (MESSAGE["subject"], MESSAGE["body"])
    assert (receipt.differences, receipt.sandbox, receipt.platform_id) == ([], True, message["id"])
    assert (receipt.applied["to"], receipt.applied["to_the_lead"]) == ("p***@example.com", True)
    [entry] = await history(crm, lead_id)
    assert (entry["direction"], entry["summary"], entry["approval_id"]) == ("outbound", MESSAGE["subject"], action_id)


async def test_a_used_grant_sends_nothing_more_and_a_new_one_returns_the_first_receipt(crm: Crm) -> None:
    lead_id, canonical = await proposed(crm)
    action_id = new_id("act")
    grant = crm.grants.sign(action_id, canonical)
    first = await crm.gate.execute(grant, canonical)

    with pytest.raises(GrantReplayed):
        await crm.gate.execute(grant, canonical)
    again = await crm.gate.execute(crm.grants.sign(action_id, canonical, fence=2), canonical)

    assert again == first
    assert len(await crm.sent(lead_id)) == 1


async def test_a_message_altered_after_approval_is_refused(crm: Crm) -> None:
    lead_id, canonical = await proposed(crm)
    grant = crm.grants.sign(new_id("act"), canonical)

    with pytest.raises(PayloadAltered):
        await crm.gate.execute(grant, canonical.replace("mañana".encode(), b"hoy"))

    assert await crm.sent(lead_id) == []


@pytest.mark.parametrize("fault", ["rate_limit", "server_error", "timeout", "timeout_after_effect"])
async def test_a_messenger_that_fails_is_asked_again_and_sends_once(crm: Crm, fault: str) -> None:
    lead_id, canonical = await proposed(crm)
    action_id = new_id("act")
    await crm.inject(fault, method="POST")

    with pytest.raises(PlatformUnavailable):
        await crm.gate.execute(crm.grants.sign(action_id, canonical), canonical)
    receipt = await crm.gate.execute(crm.grants.sign(action_id, canonical, fence=2), canonical)

    assert receipt.differences == []
    assert len(await crm.sent(lead_id)) == 1
    assert len(await history(crm, lead_id)) == 1


async def test_a_retry_repeats_the_first_attempt_even_if_the_address_changed_meanwhile(crm: Crm) -> None:
    lead_id, canonical = await proposed(crm)
    email = (await crm.call("get_lead", lead_id=lead_id))["email"]
    action_id = new_id("act")
    await crm.inject("timeout_after_effect")
    with pytest.raises(PlatformUnavailable):
        await crm.gate.execute(crm.grants.sign(action_id, canonical), canonical)
    header = "lead_id,created_at,campaign_id,client,source,country,region,email,status"
    row = f"{lead_id},2026-10-01,,Cafe Alta,fair,Mexico,,new.{email},new"
    assert (await crm.load("leads", f"{header}\n{row}\n")).json()["updated"] == 1

    await crm.gate.execute(crm.grants.sign(action_id, canonical, fence=2), canonical)

    assert [message["to"] for message in await crm.sent(lead_id)] == [email]


async def test_a_messenger_that_lies_is_found_out_and_no_contact_is_logged(crm: Crm) -> None:
    lead_id, canonical = await proposed(crm)
    await crm.inject("lie")

    receipt = await crm.gate.execute(crm.grants.sign(new_id("act"), canonical), canonical)

    assert {difference.field for difference in receipt.differences} >= {"status", "body", "to_the_lead"}
    assert await crm.sent(lead_id) == []
    assert await history(crm, lead_id) == []


async def test_a_message_without_an_answer_is_found_at_the_messenger_and_entered_into_the_history(crm: Crm) -> None:
    lead_id, canonical = await proposed(crm)
    action_id = new_id("act")
    before = await crm.gate.look_up("acme", action_id, canonical)
    await crm.inject("timeout_after_effect")
    with pytest.raises(PlatformUnavailable):
        await crm.gate.execute(crm.grants.sign(action_id, canonical), canonical)

    found = await crm.gate.look_up("acme", action_id, canonical)

    assert before is None
    assert found is not None
    assert (found.differences, found.applied["to"]) == ([], "p***@example.com")
    [entry] = await history(crm, lead_id)
    assert (entry["direction"], entry["approval_id"]) == ("outbound", action_id)
    assert await crm.gate.execute(crm.grants.sign(action_id, canonical, fence=2), canonical) == found
    assert len(await crm.sent(lead_id)) == 1


async def test_a_messenger_that_the_settings_call_forgetful_is_never_asked_twice(
    crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMPTSALES_CRM_PLATFORM_HONOURS_IDEMPOTENCY", "false")
    lead_id, canonical = await proposed(crm)
    action_id = new_id("act")
    await crm.inject("timeout_after_effect")
    async with compose(crm.resources) as composition:
        assert composition.gate is not None
        with pytest.raises(PlatformUnavailable):
            await composition.gate.execute(crm.grants.sign(action_id, canonical), canonical)

        with pytest.raises(OutcomeUnknown):
            await composition.gate.execute(crm.grants.sign(action_id, canonical, fence=2), canonical)

    assert len(await crm.sent(lead_id)) == 1


async def test_a_message_that_never_left_is_not_found_even_if_a_same_one_was_sent(crm: Crm) -> None:
    lead_id, canonical = await proposed(crm)
    await crm.gate.execute(crm.grants.sign(new_id("act"), canonical), canonical)
    action_id = new_id("act")
    await crm.call("send_message", lead_id=lead_id, **MESSAGE)
    second = crm.grants.canonical(crm.queue.proposals[-1])
    await crm.inject("server_error", method="POST")
    with pytest.raises(PlatformUnavailable):
        await crm.gate.execute(crm.grants.sign(action_id, second), second)

    assert await crm.gate.look_up("acme", action_id, second) is None
    assert len(await crm.sent(lead_id)) == 1


async def test_a_message_is_not_taken_back(crm: Crm) -> None:
    _, canonical = await proposed(crm)
    action_id = new_id("act")
    receipt = await crm.gate.execute(crm.grants.sign(action_id, canonical), canonical)

    with pytest.raises(NotReversible):
        await crm.gate.compensation("acme", action_id, canonical, receipt)


async def test_attempts_at_the_same_time_order_the_same_message(crm: Crm) -> None:
    lead_id, canonical = await proposed(crm)
    action_id = new_id("act")
    grants = [crm.grants.sign(action_id, canonical, fence=fence) for fence in range(1, 7)]

    ended = await asyncio.gather(*(crm.gate.execute(grant, canonical) for grant in grants), return_exceptions=True)

    assert {type(end) for end in ended} <= {Receipt, StaleFence}
    assert isinstance(ended[-1], Receipt)
    assert len(await crm.sent(lead_id)) == 1
    assert len(await history(crm, lead_id)) == 1


async def test_a_lead_that_unsubscribes_after_the_approval_gets_nothing(crm: Crm) -> None:
    lead_id, canonical = await proposed(crm)
    await crm.call("log_interaction", lead_id=lead_id, channel="email", direction="inbound", summary="x", body="STOP")

    with pytest.raises(Unsubscribed):
        await crm.gate.execute(crm.grants.sign(new_id("act"), canonical), canonical)

    assert await crm.sent(lead_id) == []


async def test_a_lead_that_moved_after_the_approval_needs_a_new_one(crm: Crm) -> None:
    lead_id, canonical = await proposed(crm)
    await crm.call("update_stage", lead_id=lead_id, status="proposal")

    with pytest.raises(TargetDrifted):
        await crm.gate.execute(crm.grants.sign(new_id("act"), canonical), canonical)

    assert await crm.sent(lead_id) == []


async def test_an_edited_message_is_checked_against_the_consent_there_is_now(crm: Crm) -> None:
    lead_id, canonical = await proposed(crm)
    args = json.loads(canonical)["args"]
    async with crm.resources.database.transaction("acme") as connection:
        await connection.execute("UPDATE crm.leads SET consent_email = false WHERE lead_id = %s", (lead_id,))

    with pytest.raises(NoConsent):
        await crm.gate.prepare("acme", "send_message", args)


@pytest.mark.parametrize(
    ("lead", "message", "code"),
    [
        ({}, {"channel": "whatsapp", "subject": None}, "failed: no_consent [channel]"),
        ({"consent": None}, {}, "failed: no_consent [channel]"),
        ({"phone": None}, {"channel": "sms", "subject": None}, "failed: no_address [channel]"),
        ({}, {"subject": None}, "failed: subject_misplaced [subject]"),
        ({}, {"channel": "sms"}, "failed: subject_misplaced [subject]"),
        ({}, {"channel": "sms", "subject": None, "body": "á" * 202}, "failed: message_too_long [body]"),
    ],
)
async def test_what_may_not_be_sent_is_not_even_proposed(
    crm: Crm, lead: dict[str, Any], message: dict[str, Any], code: str
) -> None:
    stated = {name: value for name, value in (LEAD | lead).items() if value is not None}
    registered = await crm.call("register_lead", **stated, email=f"{new_id('p')}@example.com")
    asked = {name: value for name, value in (MESSAGE | message).items() if value is not None}

    refused = await crm.refusal("send_message", lead_id=registered["lead"]["lead_id"], **asked)

    assert refused.startswith(code)
    assert crm.queue.proposals == []


async def test_a_lost_lead_is_not_written_to(crm: Crm) -> None:
    lead_id = await crm.register()
    await crm.call("update_stage", lead_id=lead_id, status="lost", reason="Bought elsewhere.")

    refused = await crm.refusal("send_message", lead_id=lead_id, **MESSAGE)

    assert refused.startswith("failed: lead_lost [lead_id]")


async def test_a_message_needs_the_right_to_propose(crm: Crm) -> None:
    lead_id = await crm.register()
    writer = caller(scopes=("crm:read", "crm:write"))

    refused = await crm.refusal("send_message", writer, lead_id=lead_id, **MESSAGE)

    assert "actions:propose" in refused
    assert "lead_not_found" in await crm.refusal("send_message", caller("globex"), lead_id=lead_id, **MESSAGE)
