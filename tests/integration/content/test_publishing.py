"""A version on its way to the public: proposed, approved, published once, compared; and every way around that."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from kernel.gate.errors import GrantReplayed, NotReversible, PayloadAltered, StaleFence, TargetDrifted
from kernel.ids import new_id
from mcp_servers.content.errors import AlreadyPublished, PublisherUnavailable
from tests.integration.content.conftest import Content


async def proposed(content: Content, **changes: Any) -> tuple[str, bytes]:
    """An asset whose first version was proposed: its id, and the bytes a reviewer would approve."""
    made = await content.asset(**changes)
    await content.call("publish_asset", asset_id=made["id"], version=1)
    return made["id"], content.grants.canonical(content.queue.proposals[-1])


def grant(content: Content, canonical: bytes, action_id: str = "", *, fence: int = 1) -> str:
    return content.grants.sign(action_id or new_id("act"), canonical, tenant=content.tenant, fence=fence)


async def licensed(content: Content, asset_id: str, territories: list[str], expires_on: date | None = None) -> None:
    async with content.database.session(content.tenant) as session:
        await session.execute(
            text(
                "UPDATE content.assets SET rights_owner = 'Ana Mora', rights_licence = 'exclusive',"
                " rights_territories = :territories, rights_expires_on = :expires_on WHERE id = :id"
            ),
            {"territories": territories, "expires_on": expires_on, "id": asset_id},
        )


async def test_a_proposal_publishes_nothing_and_tells_reviewers_what_it_is(content: Content) -> None:
    made = await content.asset()

    outcome = await content.call("publish_asset", asset_id=made["id"], version=1, idempotency_key="once")

    assert outcome["status"] == "pending_approval"
    assert outcome["summary"] == (
        "Publish version 1 of “November launch” for Cafe Alta on Meta Ads (social), Costa Rica."
    )
    assert (outcome["exposure"]["client"], outcome["exposure"]["countries"]) == ("Cafe Alta", ["Costa Rica"])
    proposal = content.queue.proposals[-1]
    assert proposal["idempotency_key"] == "once"
    assert proposal["args"] == {
        "asset_id": made["id"],
        "version": 1,
        "channel": "social",
        "platform": "Meta Ads",
    }
    evidence = {entry["title"]: entry["detail"] for entry in proposal["evidence"]}
    assert evidence["Body"] == "Tostado cada semana en Tarrazú."
    assert evidence["Written by"] == "playbook (generate_copy), stored by user:marketer."
    assert await content.posts() == []


async def test_a_granted_version_goes_live_once_and_is_marked_approved(content: Content) -> None:
    asset_id, canonical = await proposed(content)
    action_id = new_id("act")

    receipt = await content.gate.execute(grant(content, canonical, action_id), canonical)

    assert (receipt.differences, receipt.sandbox, receipt.platform) == ([], True, "sandbox-publisher")
    posts = await content.posts()
    assert [(post["body"], post["asset_ref"]) for post in posts] == [
        ("Tostado cada semana en Tarrazú.", f"{asset_id}@1")
    ]
    asset = await content.call("get_asset", asset_id=asset_id)
    assert (asset["status"], asset["approved_version"]) == ("published", 1)
    publication = asset["publication"]
    assert (publication["post_id"], publication["version"]) == (receipt.platform_id, 1)
    assert publication["approval_id"] == action_id
    assert publication["url"] == posts[0]["url"]


async def test_an_edit_leaves_what_is_live_and_approved(content: Content) -> None:
    asset_id, canonical = await proposed(content)
    await content.gate.execute(grant(content, canonical), canonical)

    edited = await content.call("new_version", asset_id=asset_id, body="Tostado hoy.", engine="human")

    assert (edited["status"], edited["approved_version"], edited["latest_version"]) == ("published", 1, 2)
    assert (await content.posts())[0]["body"] == "Tostado cada semana en Tarrazú."


async def test_a_newer_version_is_published_beside_the_older_one_and_reviewers_are_told(content: Content) -> None:
    asset_id, canonical = await proposed(content)
    await content.gate.execute(grant(content, canonical), canonical)
    await content.call("new_version", asset_id=asset_id, body="Tostado hoy.", engine="human")
    await content.call("publish_asset", asset_id=asset_id, version=2)
    second = content.grants.canonical(content.queue.proposals[-1])

    await content.gate.execute(grant(content, second), second)

    titles = {entry["title"] for entry in content.queue.proposals[-1]["evidence"]}
    assert "Stays live beside it" in titles
    asset = await content.call("get_asset", asset_id=asset_id)
    assert asset["approved_version"] == 2
    assert [publication["version"] for publication in asset["publications"]] == [2, 1]


async def test_a_live_version_cannot_be_proposed_again_for_the_same_place(content: Content) -> None:
    asset_id, canonical = await proposed(content)
    await content.gate.execute(grant(content, canonical), canonical)

    refused = await content.refusal("publish_asset", asset_id=asset_id, version=1)
    elsewhere = await content.call("publish_asset", asset_id=asset_id, version=1, platform="LinkedIn")

    assert "already_published [version]" in refused
    assert elsewhere["status"] == "pending_approval"


async def test_of_two_approvals_for_the_same_version_the_second_does_nothing(content: Content) -> None:
    asset_id, first = await proposed(content)
    await content.call("publish_asset", asset_id=asset_id, version=1)
    second = content.grants.canonical(content.queue.proposals[-1])
    await content.gate.execute(grant(content, first), first)

    with pytest.raises(AlreadyPublished):
        await content.gate.execute(grant(content, second), second)

    assert len(await content.posts()) == 1


async def test_a_used_grant_does_nothing_more(content: Content) -> None:
    _, canonical = await proposed(content)
    used = grant(content, canonical)
    await content.gate.execute(used, canonical)

    with pytest.raises(GrantReplayed):
        await content.gate.execute(used, canonical)

    assert len(await content.posts()) == 1


async def test_another_version_than_the_approved_one_is_refused(content: Content) -> None:
    asset_id, canonical = await proposed(content)
    await content.call("new_version", asset_id=asset_id, body="Comprá ya.", engine="human")

    with pytest.raises(PayloadAltered):
        await content.gate.execute(grant(content, canonical), canonical.replace(b'"version":1', b'"version":2'))

    assert await content.posts() == []


async def test_rights_that_changed_after_the_approval_stop_the_publication(content: Content) -> None:
    asset_id, canonical = await proposed(content)
    await licensed(content, asset_id, ["Costa Rica"])

    with pytest.raises(TargetDrifted):
        await content.gate.execute(grant(content, canonical), canonical)

    assert await content.posts() == []


async def test_an_asset_without_rights_for_its_country_or_the_day_cannot_be_proposed(content: Content) -> None:
    elsewhere, expired = await content.asset(), await content.asset()
    await licensed(content, elsewhere["id"], ["Spain"])
    await licensed(content, expired["id"], [], date(2020, 1, 1))

    assert "rights_do_not_cover" in await content.refusal("publish_asset", asset_id=elsewhere["id"], version=1)
    assert "rights_expired" in await content.refusal("publish_asset", asset_id=expired["id"], version=1)


async def test_what_cannot_be_published_is_not_proposed(content: Content) -> None:
    homeless = await content.asset(platform=None)
    long = await content.asset(channel="search", platform="Google Ads", body="b" * 91)

    assert "platform_not_named [platform]" in await content.refusal("publish_asset", asset_id=homeless["id"], version=1)
    assert "version_not_found [version]" in await content.refusal("publish_asset", asset_id=long["id"], version=2)
    assert "text_too_long" in await content.refusal("publish_asset", asset_id=long["id"], version=1)
    assert content.queue.proposals == []


@pytest.mark.parametrize("kind", ["rate_limit", "server_error", "timeout", "timeout_after_effect"])
async def test_a_publication_without_an_answer_is_completed_without_a_second_post(content: Content, kind: str) -> None:
    asset_id, canonical = await proposed(content)
    action_id = new_id("act")
    await content.inject(kind)
    with pytest.raises(PublisherUnavailable):
        await content.gate.execute(grant(content, canonical, action_id), canonical)

    receipt = await content.gate.execute(grant(content, canonical, action_id, fence=2), canonical)

    assert receipt.differences == []
    assert len(await content.posts()) == 1
    assert (await content.call("get_asset", asset_id=asset_id))["status"] == "published"


async def test_a_read_back_without_an_answer_is_repeated_without_a_second_post(content: Content) -> None:
    _, canonical = await proposed(content)
    action_id = new_id("act")
    await content.inject("server_error", method="GET")
    with pytest.raises(PublisherUnavailable):
        await content.gate.execute(grant(content, canonical, action_id), canonical)

    receipt = await content.gate.execute(grant(content, canonical, action_id, fence=2), canonical)

    assert receipt.differences == []
    assert len(await content.posts()) == 1


async def test_an_executor_that_lost_its_lease_cannot_publish(content: Content) -> None:
    _, canonical = await proposed(content)
    action_id = new_id("act")
    await content.gate.execute(grant(content, canonical, action_id, fence=3), canonical)

    with pytest.raises(StaleFence):
        await content.gate.execute(grant(content, canonical, action_id, fence=2), canonical)


async def test_a_publisher_that_says_yes_and_does_nothing_shows_in_the_receipt(content: Content) -> None:
    asset_id, canonical = await proposed(content)
    await content.inject("lie")

    receipt = await content.gate.execute(grant(content, canonical), canonical)

    assert {found.field for found in receipt.differences} >= {"live", "body"}
    assert receipt.applied == {"live": False}
    assert (await content.call("get_asset", asset_id=asset_id))["status"] == "draft"


async def test_a_publication_without_an_answer_is_found_at_the_publisher_and_recorded(content: Content) -> None:
    asset_id, canonical = await proposed(content)
    action_id = new_id("act")
    before = await content.gate.look_up(content.tenant, action_id, canonical)
    await content.inject("timeout_after_effect")
    with pytest.raises(PublisherUnavailable):
        await content.gate.execute(grant(content, canonical, action_id), canonical)

    found = await content.gate.look_up(content.tenant, action_id, canonical)

    assert before is None
    assert found is not None
    assert found.differences == []
    asset = await content.call("get_asset", asset_id=asset_id)
    assert (asset["status"], asset["publication"]["post_id"]) == ("published", found.platform_id)
    assert len(await content.posts()) == 1


async def test_a_publication_is_not_taken_back_and_reviewers_are_told_beforehand(content: Content) -> None:
    _, canonical = await proposed(content)
    action_id = new_id("act")
    receipt = await content.gate.execute(grant(content, canonical, action_id), canonical)

    with pytest.raises(NotReversible):
        await content.gate.compensation(content.tenant, action_id, canonical, receipt)
    assert content.queue.proposals[-1]["reversible"] is False


async def test_reviewers_are_told_who_wrote_the_version_and_from_which_cache_entry_it_came(content: Content) -> None:
    await proposed(content)
    fresh = content.queue.proposals[-1]["provenance"]
    await proposed(content, engine="llm", source="cache:llm:5f1c age=86400s similarity=0.97")
    cached = content.queue.proposals[-1]["provenance"]

    assert fresh == {"engine": "playbook", "cached": [], "untrusted": []}
    assert cached == {
        "engine": "llm",
        "cached": [{"reference": "llm:5f1c", "age_seconds": 86400, "similarity": 0.97}],
        "untrusted": [],
    }


async def test_a_reviewers_edit_of_the_place_is_prepared_anew(content: Content) -> None:
    await proposed(content)
    args = {**content.queue.proposals[-1]["args"], "platform": "LinkedIn"}

    prepared = await content.gate.prepare(content.tenant, "publish_asset", args)

    assert "LinkedIn (social)" in prepared["summary"]


async def test_what_became_of_a_proposal_can_be_asked(content: Content) -> None:
    made = await content.asset()
    outcome = await content.call("publish_asset", asset_id=made["id"], version=1)

    found = await content.call("get_approval", approval_id=outcome["approval_id"])

    assert found == outcome
