"""Whatever a superuser does to a chain is found, or shows against a head that was noted elsewhere."""

from datetime import timedelta
from typing import LiteralString

import pytest

from approvals.audit_upkeep import keep_audit
from approvals.audit_verification import AuditVerifier
from kernel.database import Connection
from tests.integration.approvals.chain import found_broken, rehash_newest, today, written_on
from tests.integration.approvals.rest import Callers, problem_of
from tests.integration.approvals.support import Queue, unguarded

INSERTED: LiteralString = (
    "INSERT INTO approvals.audit SELECT tenant, %s, at, event, action_id, revision, digest, 'user:forged', detail,"
    " previous_hash, hash FROM approvals.audit WHERE seq = 3"
)


@pytest.fixture
async def written(queue: Queue) -> Queue:
    """A tenant with six entries."""
    for _ in range(6):
        await queue.propose()
    return queue


@pytest.mark.parametrize("page", [1, 2, 4, 2_000])
@pytest.mark.parametrize(
    ("tampering", "expected"),
    [
        ("SELECT", []),
        ("UPDATE approvals.audit SET actor = 'user:x' WHERE seq = 3", [(3, "altered")]),
        ("UPDATE approvals.audit SET detail = '{\"a\": 1}' WHERE seq = 6", [(6, "altered")]),
        ("UPDATE approvals.audit SET at = at + interval '1 microsecond' WHERE seq = 1", [(1, "altered")]),
        ("UPDATE approvals.audit SET hash = sha256('x') WHERE seq = 3", [(3, "altered"), (4, "unlinked")]),
        ("DELETE FROM approvals.audit WHERE seq = 1", [(2, "gap")]),
        ("DELETE FROM approvals.audit WHERE seq = 3", [(4, "gap")]),
        ("DELETE FROM approvals.audit WHERE seq IN (2, 3, 5)", [(4, "gap"), (6, "gap")]),
        ("DELETE FROM approvals.audit WHERE seq > 4", [(5, "tail_missing")]),
        ("DELETE FROM approvals.audit", [(1, "tail_missing")]),
        ("DELETE FROM approvals.audit_heads", [(6, "head_missing")]),
        ("UPDATE approvals.audit_heads SET hash = sha256('x')", [(6, "head_differs")]),
        ("UPDATE approvals.audit_heads SET seq = 4", [(5, "beyond_head")]),
        ("UPDATE approvals.audit SET seq = 1000000000000 WHERE seq = 6",
         [(7, "beyond_head"), (1000000000000, "altered")]),
        ("UPDATE approvals.audit SET seq = 0 WHERE seq = 1", [(0, "before_anchor"), (2, "gap")]),
    ],
)  # fmt: skip
async def test_tampering_is_found(
    written: Queue, admin: Connection, tampering: LiteralString, expected: list[tuple[int, str]], page: int
) -> None:
    await unguarded(admin, tampering)

    assert await found_broken(written, page=page) == expected


async def test_an_entry_slipped_in_between_is_found(written: Queue, admin: Connection) -> None:
    await unguarded(admin, "UPDATE approvals.audit SET seq = seq + 1 WHERE seq > 3")
    await unguarded(admin, INSERTED, (4,))

    assert {seq for seq, _ in await found_broken(written)} == {4, 5, 6, 7}


async def test_an_entry_added_behind_the_head_or_under_a_number_again_is_found(
    written: Queue, admin: Connection
) -> None:
    await unguarded(admin, INSERTED, (7,))
    behind = await found_broken(written)
    await unguarded(admin, "DELETE FROM approvals.audit WHERE seq = 7")
    await unguarded(
        admin,
        "INSERT INTO approvals.audit SELECT tenant, seq, at + interval '1 second', event, action_id, revision, digest,"
        " actor, detail, previous_hash, hash FROM approvals.audit WHERE seq = 3",
    )
    again = await found_broken(written)

    assert behind == [(7, "altered"), (7, "beyond_head")]
    assert again == [(3, "altered")]


async def test_a_chain_written_anew_as_a_whole_is_intact_but_not_the_one_that_was_noted(
    written: Queue, admin: Connection
) -> None:
    noted = await AuditVerifier(written.api).verify(written.tenant)
    await unguarded(admin, "UPDATE approvals.audit SET actor = 'user:innocent'")
    for seq in range(1, 7):
        await unguarded(
            admin,
            "UPDATE approvals.audit AS a SET previous_hash = coalesce("
            " (SELECT hash FROM approvals.audit AS b WHERE b.seq = a.seq - 1), sha256('')) WHERE seq = %s",
            (seq,),
        )
        await unguarded(
            admin, "UPDATE approvals.audit AS a SET hash = approvals.audit_hash_v1(a) WHERE seq = %s", (seq,)
        )
    await rehash_newest(admin, written.tenant)

    rewritten = await AuditVerifier(written.api).verify(written.tenant)

    assert (noted.intact, rewritten.intact) == (True, True)
    assert rewritten.extent.head_seq == noted.extent.head_seq
    assert rewritten.extent.head_hash != noted.extent.head_hash


async def test_what_is_missing_behind_an_anchor_is_found(queue: Queue, admin: Connection) -> None:
    await written_on(admin, queue.tenant, await today(admin) - timedelta(days=100), 3)
    await keep_audit(queue.executor, 90)
    await queue.propose()
    await queue.propose()
    assert await found_broken(queue) == []

    await unguarded(admin, "UPDATE approvals.audit_anchors SET hash = sha256('x')")
    altered = await found_broken(queue)
    await unguarded(admin, "DELETE FROM approvals.audit WHERE seq = 4")

    assert altered == [(4, "unlinked")]
    assert await found_broken(queue) == [(5, "gap")]


async def test_the_first_hundred_are_named(queue: Queue, admin: Connection) -> None:
    await written_on(admin, queue.tenant, await today(admin), 120)
    await unguarded(admin, "UPDATE approvals.audit SET actor = 'user:x'")

    found = await found_broken(queue, page=7)

    assert found == [(seq, "altered") for seq in range(1, 101)]


async def test_verification_is_shown_to_readers_for_their_own_tenant(callers: Callers, admin: Connection) -> None:
    for _ in range(3):
        await callers.proposed()
    reader = await callers.person("reviewer")

    intact = (await callers.get("/v1/audit/verification", reader)).json()
    await unguarded(admin, "UPDATE approvals.audit SET actor = 'user:x' WHERE seq = 2")
    broken = (await callers.get("/v1/audit/verification", reader)).json()
    stranger = (await callers.get("/v1/audit/verification", callers.forged(tenant="other"))).json()

    entries = (await callers.get("/v1/audit", reader)).json()["items"]
    assert intact == {
        "intact": True,
        "entries": 3,
        "first_seq": 1,
        "last_seq": 3,
        "head_hash": entries[-1]["hash"],
        "anchors": [],
        "broken": [],
    }
    assert broken == intact | {"intact": False, "broken": [{"seq": 2, "reason": "altered"}]}
    assert (stranger["intact"], stranger["entries"], stranger["last_seq"]) == (True, 0, None)
    problem_of(await callers.get("/v1/audit/verification", {}), 401, "invalid_token")
    problem_of(await callers.get("/v1/audit/verification", callers.forged(scope="ads:read")), 403, "insufficient_scope")
