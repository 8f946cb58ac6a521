"""The audit by day: made ahead, dropped after its time behind an anchor, and never in the way of an entry."""

import asyncio
from datetime import timedelta

import psycopg
import pytest
from psycopg import errors

from approvals import audit_records, repository
from approvals.audit_records import Kept
from approvals.audit_upkeep import DAYS_AHEAD, audit_kept, keep_audit
from approvals.audit_verification import AuditVerifier
from kernel.database import Connection, DatabaseUnavailable
from kernel.settings import Settings
from tests.integration.approvals.chain import (
    as_archivist,
    found_broken,
    name_of,
    partitions,
    today,
    written_on,
)
from tests.integration.approvals.support import Queue, unguarded


async def test_upkeep_makes_the_days_ahead_once(queue: Queue, admin: Connection) -> None:
    await keep_audit(queue.executor, 90)

    again = await keep_audit(queue.executor, 90)

    day = await today(admin)
    assert {name_of(day + timedelta(days=n)) for n in range(DAYS_AHEAD + 1)} | {"others"} <= set(
        await partitions(admin)
    )
    assert again == Kept(0, 0)


async def test_upkeep_of_two_executors_at_once_is_done_by_one(queue: Queue, admin: Connection) -> None:
    past = await today(admin) - timedelta(days=200)
    await written_on(admin, queue.tenant, past, 1)

    both = await asyncio.gather(*(keep_audit(queue.executor, 90) for _ in range(2)))

    assert sum(kept.dropped for kept in both) == 1
    assert name_of(past) not in await partitions(admin)


async def test_an_entry_finds_a_place_when_its_partition_is_missing_and_moves_there_later(
    queue: Queue, admin: Connection
) -> None:
    day = await today(admin)
    await _lose(admin, name_of(day))
    await queue.propose()
    await queue.propose()
    before = await _entries(queue)
    assert (await partitions(admin))["others"] == 2

    kept = await keep_audit(queue.executor, 90)

    await queue.propose()
    after = await partitions(admin)
    assert (kept.made, after["others"], after[name_of(day)]) == (1, 0, 3)
    assert (await _entries(queue))[:2] == before
    assert await found_broken(queue) == []
    with pytest.raises(errors.DatabaseError, match="kept as they were written"):
        await admin.execute("DELETE FROM approvals_audit.others")


async def test_the_chain_goes_on_over_midnight(queue: Queue, admin: Connection) -> None:
    """An entry that was sent to today's partition while another was appended after midnight goes to tomorrow's."""
    await keep_audit(queue.executor, 90)
    await queue.propose()
    tomorrow = await today(admin) + timedelta(days=1)
    await written_on(admin, queue.tenant, tomorrow, 1)

    await asyncio.gather(*(queue.propose() for _ in range(3)))

    held = await partitions(admin)
    assert (held[name_of(tomorrow - timedelta(days=1))], held[name_of(tomorrow)]) == (1, 4)
    entries = await _entries(queue)
    assert [entry.seq for entry in entries] == [1, 2, 3, 4, 5]
    assert sorted(entry.at for entry in entries) == [entry.at for entry in entries]
    assert await found_broken(queue, page=2) == []


async def test_what_is_past_its_retention_goes_and_an_anchor_stays(queue: Queue, admin: Connection) -> None:
    day = await today(admin)
    for age, count in ((120, 3), (95, 2), (89, 4)):
        await written_on(admin, queue.tenant, day - timedelta(days=age), count)
    await queue.propose()
    last = (await _entries(queue))[4]

    kept = await keep_audit(queue.executor, 90)

    await queue.propose()
    found = await AuditVerifier(queue.api).verify(queue.tenant)
    assert kept.dropped == 2
    assert [anchor.seq for anchor in found.anchors] == [3, 5]
    assert (found.anchors[1].hash, found.anchors[1].dropped) == (last.hash, name_of(day - timedelta(days=95)))
    assert (found.intact, found.extent.first, found.extent.last, found.extent.entries) == (True, 6, 11, 6)
    async with queue.transaction() as connection:
        assert await repository.broken_audit(connection, 6, 8) == []


async def test_entries_without_a_partition_of_their_own_are_dropped_in_their_turn(
    queue: Queue, admin: Connection
) -> None:
    day = await today(admin)
    await written_on(admin, queue.tenant, day - timedelta(days=110), 2)
    await _unplace(admin, name_of(day - timedelta(days=110)))
    await written_on(admin, queue.tenant, day - timedelta(days=100), 1)

    kept = [await keep_audit(queue.executor, 90) for _ in range(2)]

    found = await AuditVerifier(queue.api).verify(queue.tenant)
    assert [(one.made, one.dropped) for one in kept] == [(1, 0), (0, 2)]
    assert [anchor.seq for anchor in found.anchors] == [2, 3]
    assert found.intact


async def test_a_chain_of_which_nothing_is_left_goes_on_from_its_anchor(queue: Queue, admin: Connection) -> None:
    await written_on(admin, queue.tenant, await today(admin) - timedelta(days=150), 2)
    await keep_audit(queue.executor, 90)
    emptied = await AuditVerifier(queue.api).verify(queue.tenant)

    await queue.propose()

    assert (emptied.intact, emptied.extent.entries, emptied.extent.head_seq) == (True, 0, 2)
    (entry,) = await _entries(queue)
    assert (entry.seq, entry.previous_hash) == (3, emptied.anchors[0].hash)
    assert await found_broken(queue) == []


@pytest.mark.parametrize("days", [0, 1, 89, -5])
async def test_nobody_shortens_the_retention_below_90_days(queue: Queue, admin: Connection, days: int) -> None:
    await written_on(admin, queue.tenant, await today(admin) - timedelta(days=89), 1)

    async with queue.executor.system() as connection:
        kept = await audit_records.keep(connection, days_ahead=7, retention_days=days)

    assert kept.dropped == 0
    assert await found_broken(queue) == []


async def test_a_longer_retention_keeps_more(queue: Queue, admin: Connection) -> None:
    await written_on(admin, queue.tenant, await today(admin) - timedelta(days=300), 1)

    assert (await keep_audit(queue.executor, 365)).dropped == 0
    assert (await keep_audit(queue.executor, 299)).dropped == 1


async def test_a_crash_between_anchor_and_drop_leaves_neither(
    queue: Queue, admin: Connection, approvals_settings: Settings
) -> None:
    day = await today(admin) - timedelta(days=100)
    await written_on(admin, queue.tenant, day, 2)
    dying = await psycopg.AsyncConnection.connect(approvals_settings.admin_database_url())
    await dying.execute("SET ROLE promptsales_approvals_archivist")
    await dying.execute("SELECT approvals.drop_audit_before_v1(%s)", (day + timedelta(days=1),))

    await admin.execute("SELECT pg_terminate_backend(%s, 5000)", (dying.info.backend_pid,))

    with pytest.raises(psycopg.OperationalError):
        await dying.commit()
    found = await AuditVerifier(queue.api).verify(queue.tenant)
    assert (found.intact, list(found.anchors), found.extent.entries) == (True, [], 2)
    assert (await keep_audit(queue.executor, 90)).dropped == 1


async def test_upkeep_gives_way_to_who_reads_and_is_tried_again(queue: Queue, admin: Connection) -> None:
    past = await today(admin) - timedelta(days=100)
    await written_on(admin, queue.tenant, past, 1)
    async with queue.transaction() as reading:
        await reading.execute("SELECT FROM approvals.audit")
        with pytest.raises(DatabaseUnavailable, match="LockNotAvailable"):
            await keep_audit(queue.executor, 90)
        await queue.propose()

    async with audit_kept(queue.executor, retention_days=90):
        pass  # the pass that has begun is finished

    assert name_of(past) not in await partitions(admin)
    assert await found_broken(queue) == []


async def test_twenty_writers_append_one_chain_each_without_a_deadlock(queue: Queue) -> None:
    other = Queue(queue.api, queue.executor)

    async def write(number: int) -> None:
        for _ in range(5):
            await (queue if number % 2 else other).propose()

    async with asyncio.timeout(60):
        await asyncio.gather(*(write(number) for number in range(20)))

    for one in (queue, other):
        assert [entry.seq for entry in await _entries(one)] == list(range(1, 51))
        assert await found_broken(one) == []


@pytest.mark.parametrize("role", ["promptsales_approvals", "promptsales_executor"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE approvals.audit SET actor = 'x'",
        "DELETE FROM approvals.audit",
        "TRUNCATE approvals.audit",
        "DROP TABLE approvals_audit.others",
        "SELECT FROM approvals_audit.others",
        "ALTER TABLE approvals.audit DETACH PARTITION approvals_audit.others",
        "CREATE TABLE approvals_audit.mine ()",
        "UPDATE approvals.audit_heads SET seq = 0",
        "INSERT INTO approvals.audit_heads VALUES ('t', 1, '', now())",
        "INSERT INTO approvals.audit_anchors VALUES ('t', 1, '', now(), 'x')",
        "DELETE FROM approvals.audit_anchors",
        "UPDATE approvals.audit_partitions SET to_at = '2000-01-01'",
        "SELECT approvals.drop_audit_before_v1('2100-01-01')",
        "SELECT approvals.make_audit_partition_v1('2000-01-01')",
        "SELECT approvals.guard_audit_partition_v1('others')",
        "SET ROLE promptsales_approvals_archivist",
    ],
)
async def test_no_process_writes_history_anew(
    queue: Queue, approvals_settings: Settings, role: str, statement: str
) -> None:
    url = approvals_settings.role_database_url(role)
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        with pytest.raises(errors.InsufficientPrivilege):
            await connection.execute(statement.encode())


async def test_an_anchor_is_kept_even_from_an_administrator(queue: Queue, admin: Connection) -> None:
    await unguarded(
        admin, "INSERT INTO approvals.audit_anchors VALUES (%s, 1, '', now(), 'day_1', now())", (queue.tenant,)
    )

    for statement in ("UPDATE approvals.audit_anchors SET seq = 2", "DELETE FROM approvals.audit_anchors"):
        with pytest.raises(errors.DatabaseError, match="kept as they were written"):
            await admin.execute(statement.encode())


async def test_the_api_does_no_upkeep(queue: Queue) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        await keep_audit(queue.api, 90)


async def _lose(admin: Connection, name: str) -> None:
    """A partition that was never made."""
    await as_archivist(admin, f"DROP TABLE approvals_audit.{name}")  # pyright: ignore[reportArgumentType] - a name of ours
    await as_archivist(admin, "DELETE FROM approvals.audit_partitions WHERE name = %s", (name,))


async def _unplace(admin: Connection, name: str) -> None:
    """Entries that went to the default partition, because theirs was not there."""
    await as_archivist(
        admin,
        f"ALTER TABLE approvals.audit DETACH PARTITION approvals_audit.{name}",  # pyright: ignore[reportArgumentType] - a name of ours
    )
    await as_archivist(admin, "DELETE FROM approvals.audit_partitions WHERE name = %s", (name,))
    await unguarded(admin, f"INSERT INTO approvals.audit SELECT * FROM approvals_audit.{name}")  # pyright: ignore[reportArgumentType] - a name of ours
    await as_archivist(admin, f"DROP TABLE approvals_audit.{name}")  # pyright: ignore[reportArgumentType] - a name of ours


async def _entries(queue: Queue) -> list[repository.AuditEntry]:
    async with queue.transaction() as connection:
        return await repository.audit_after(connection, 0, 500)
