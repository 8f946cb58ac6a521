"""Direct SQL as an administrator, whom no grant stops: what is approved stays what it was."""

import pytest
from psycopg import errors

from approvals.domain import Action
from kernel.canonical import digest_of
from kernel.database import Connection
from tests.integration.approvals.support import Queue, copying, payload, tampered, unguarded

_IMMUTABLE = "PS010"


_ALTERED = "PS015"


PAYLOAD_CHANGES = {
    "args": 'args = \'{"budget": "9999.00"}\'',
    "canonical": "canonical = convert_to('{}', 'UTF8')",
    "digest": "digest = 'sha256:' || repeat('0', 64)",
    "target": "target_account = 'acct-2'",
    "exposure": "exposure = '{}'",
    "summary": "summary = 'Nothing special.'",
    "quorum": "required_approvals = required_approvals - 1",
    "policy": "policy_version = 'lenient-1'",
    "roles": 'terms = terms || \'{"approver_roles": ["viewer"]}\'',
    "schema": "tool_schema_hash = 'sha256:' || repeat('0', 64)",
    "state of the target": "target_state_digest = 'sha256:' || repeat('0', 64)",
    "reversible": "reversible = NOT reversible",
    "revision": "revision = revision + 1",
}


IDENTITY_CHANGES = {
    "proposer": "proposer = 'user:other'",
    "tenant": "tenant = 'other'",
    "expiry": "expires_at = expires_at + interval '1 year'",
    "tool": "tool = 'change_budget'",
    "actors": "actors = '{}'",
    "compensation": "compensates = 'act_other'",
    "client": "client_id = 'cli'",
}


@pytest.mark.parametrize("assignment", [*PAYLOAD_CHANGES.values(), *IDENTITY_CHANGES.values()])
@pytest.mark.parametrize(
    "state",
    ["", ", state = 'APPROVED'", ", state = 'EXECUTING', fence = fence + 1, lease_until = now() + interval '1 minute'"],
    ids=["alone", "with approval", "with execution"],
)
async def test_payload_never_changes_under_an_approval(
    queue: Queue, admin: Connection, assignment: str, state: str
) -> None:
    action = await queue.propose(required_approvals=2)
    await queue.vote(action, "user:a")
    await queue.vote(action, "user:b")
    if "EXECUTING" not in state:  # every vote is there, so that only the payload stands in the way
        await unguarded(admin, "UPDATE approvals.actions SET state = 'PENDING' WHERE id = %s", (action.id,))

    await tampered(admin, _IMMUTABLE, assignment + state, action)


async def test_revision_written_by_hand_needs_the_bytes_of_its_digest(queue: Queue, admin: Connection) -> None:
    action = await queue.propose()
    insert = (
        "INSERT INTO approvals.revisions (tenant, action_id, revision, canonical, digest, exposure, summary,"
        " policy_version, editor) SELECT tenant, id, {}, {}, {}, '{{}}', 's', 'p', {} FROM approvals.actions"
    )
    forged = [
        ("2", "canonical", "'sha256:' || repeat('0', 64)", "'user:e'", _ALTERED),
        ("3", "canonical", "digest", "'user:e'", _IMMUTABLE),
        ("1", "convert_to('{}', 'UTF8')", "approvals.digest_v1(convert_to('{}', 'UTF8'))", "NULL", _IMMUTABLE),
    ]

    for revision, canonical, digest, editor, code in forged:
        with pytest.raises(errors.DatabaseError) as refusal:
            await admin.execute(insert.format(revision, canonical, digest, editor).encode())
        assert refusal.value.sqlstate == code
    assert (await queue.get(action.id)).revision == 1


async def test_edit_by_hand_cannot_make_columns_say_something_else(queue: Queue, admin: Connection) -> None:
    action = await queue.propose()
    other = await queue.propose(args={"campaign_id": "cmp_1", "budget": "1.00"})
    await admin.execute(
        "INSERT INTO approvals.revisions (tenant, action_id, revision, canonical, digest, exposure, summary,"
        " policy_version, editor) VALUES (%s, %s, 2, %s, %s, '{}', 's', 'p', 'user:e')",
        (queue.tenant, action.id, other.canonical, other.digest),
    )

    swap = f"revision = 2, digest = '{other.digest}', canonical = '\\x{other.canonical.hex()}'"
    await tampered(admin, _ALTERED, swap, action)


async def test_action_without_its_first_revision_is_not_kept(queue: Queue, admin: Connection) -> None:
    await queue.propose()

    with pytest.raises(errors.ForeignKeyViolation):
        await admin.execute(copying().encode())


async def test_action_written_by_hand_has_the_digest_of_its_bytes(queue: Queue, admin: Connection) -> None:
    await queue.propose()

    with pytest.raises(errors.DatabaseError) as refusal:
        await admin.execute(copying(digest="'sha256:' || repeat('0', 64)").encode())
    assert refusal.value.sqlstate == _ALTERED


async def _forged_revision(admin: Connection, action: Action, revision: int = 2) -> str:
    """A revision with every vote it needs, made past the triggers; what would make it the present one."""
    other = payload(action.tenant, args={"campaign_id": "cmp_1", "budget": "9999.00"}).canonical()
    await unguarded(
        admin,
        "INSERT INTO approvals.revisions (tenant, action_id, revision, canonical, digest, exposure, summary,"
        " policy_version, editor) VALUES (%s, %s, %s, %s, approvals.digest_v1(%s), '{}', 's', 'default-1', 'user:e')",
        (action.tenant, action.id, revision, other, other),
    )
    await unguarded(
        admin,
        "INSERT INTO approvals.decisions (tenant, action_id, revision, digest, decision, reviewer, roles, client_id)"
        " SELECT tenant, action_id, revision, digest, 'approve', 'user:ghost', '{reviewer}', 'x'"
        " FROM approvals.revisions WHERE revision = %s",
        (revision,),
    )
    return (
        f"revision = {revision}, canonical = '\\x{other.hex()}', digest = '{digest_of(other)}',"
        ' args = \'{"campaign_id": "cmp_1", "budget": "9999.00"}\''
    )


async def test_forged_revision_is_not_released_in_the_step_that_adopts_it(queue: Queue, admin: Connection) -> None:
    action = await queue.propose()

    await tampered(admin, _IMMUTABLE, await _forged_revision(admin, action) + ", state = 'APPROVED'", action)


async def test_forged_revision_is_not_adopted_after_the_approval(queue: Queue, admin: Connection) -> None:
    action = await queue.approved()
    adoption = await _forged_revision(admin, action)
    claim = ", state = 'EXECUTING', fence = fence + 1, lease_until = now() + interval '1 minute'"

    await tampered(admin, _IMMUTABLE, adoption, action)
    await tampered(admin, _IMMUTABLE, adoption + claim, action)
    await tampered(admin, _IMMUTABLE, adoption, await queue.claimed())


async def test_revisions_are_not_skipped(queue: Queue, admin: Connection) -> None:
    action = await queue.propose()

    await tampered(admin, _IMMUTABLE, await _forged_revision(admin, action, revision=3), action)


async def test_decided_action_gets_no_further_revision(queue: Queue, admin: Connection) -> None:
    await queue.approved()

    with pytest.raises(errors.DatabaseError) as refusal:
        await admin.execute(
            "INSERT INTO approvals.revisions (tenant, action_id, revision, canonical, digest, exposure, summary,"
            " policy_version, editor) SELECT tenant, id, 2, canonical, digest, '{}', 's', 'p', 'user:e'"
            " FROM approvals.actions"
        )
    assert refusal.value.sqlstate == _IMMUTABLE
