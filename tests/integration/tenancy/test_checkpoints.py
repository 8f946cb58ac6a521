"""LangGraph's own tables have no tenant column, and are bound to the present tenant all the same."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import Checkpoint, empty_checkpoint
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from psycopg import errors

from kernel.ids import new_id
from kernel.settings import Settings
from orchestrator.checkpoints import checkpoints_of, open_checkpointer

ROLE = "promptsales_orchestrator"
TABLES = ("checkpoints", "checkpoint_blobs", "checkpoint_writes")


@pytest.fixture
async def saver(migrated: Settings) -> AsyncIterator[AsyncPostgresSaver]:
    async with open_checkpointer(migrated.role_database_url(ROLE)) as opened:
        yield opened


def _config(tenant: str, thread: str) -> RunnableConfig:
    return {"configurable": {"thread_id": f"{tenant}/{thread}", "checkpoint_ns": ""}}


async def _store(saver: AsyncPostgresSaver, config: RunnableConfig) -> Checkpoint:
    checkpoint = empty_checkpoint()
    versions: dict[str, str | int | float] = {"channel": 1}
    checkpoint["channel_values"], checkpoint["channel_versions"] = {"channel": ["what was said"]}, versions
    stored = await saver.aput(config, checkpoint, {"source": "loop", "step": 1, "parents": {}}, versions)
    await saver.aput_writes(stored, [("channel", ["more"])], "task-1")
    return checkpoint


async def test_a_tenant_finds_its_own_checkpoints_and_no_others(saver: AsyncPostgresSaver) -> None:
    our_tenant, their_tenant, thread = new_id("tenant"), new_id("tenant"), new_id("thr")
    ours, theirs = _config(our_tenant, thread), _config(their_tenant, thread)
    with checkpoints_of(our_tenant):
        stored = await _store(saver, ours)
    with checkpoints_of(their_tenant):
        await _store(saver, theirs)

    with checkpoints_of(our_tenant):
        own = await saver.aget_tuple(ours)
        assert own is not None
        assert (own.checkpoint["id"], len(own.pending_writes or [])) == (stored["id"], 1)
        assert await saver.aget_tuple(theirs) is None
        assert [found.checkpoint["id"] async for found in saver.alist(None)] == [stored["id"]]
        await saver.adelete_thread(f"{their_tenant}/{thread}")
    with checkpoints_of(their_tenant):
        assert await saver.aget_tuple(theirs) is not None


async def test_checkpoints_of_another_tenant_cannot_be_written(saver: AsyncPostgresSaver) -> None:
    with checkpoints_of("tenancy-ours"), pytest.raises(errors.InsufficientPrivilege):
        await _store(saver, _config("tenancy-theirs", new_id("thr")))
    with checkpoints_of("tenancy"), pytest.raises(errors.InsufficientPrivilege):
        await _store(saver, _config("tenancy-theirs", new_id("thr")))  # its name only begins like theirs


async def test_there_are_no_checkpoints_outside_a_tenant(saver: AsyncPostgresSaver, migrated: Settings) -> None:
    config = _config("tenancy-ours", new_id("thr"))
    with checkpoints_of("tenancy-ours"):
        await _store(saver, config)

    assert await saver.aget_tuple(config) is None
    async with await psycopg.AsyncConnection.connect(migrated.role_database_url(ROLE)) as connection:
        for table in TABLES:
            found = await connection.execute(f"SELECT 1 FROM orchestrator.{table}".encode())
            assert await found.fetchall() == []


async def test_tenants_at_work_at_the_same_time_do_not_mix(saver: AsyncPostgresSaver) -> None:
    async def work(tenant: str) -> None:
        with checkpoints_of(tenant):
            for _ in range(5):
                config = _config(tenant, new_id("thr"))
                stored = await _store(saver, config)
                found = await saver.aget_tuple(config)
                assert found is not None
                assert found.checkpoint["id"] == stored["id"]

    await asyncio.gather(*(work(f"tenancy-{number}") for number in range(6)))
