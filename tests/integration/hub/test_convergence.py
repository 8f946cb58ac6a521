"""Whatever happens in the sources, and in whatever order it commits: the hub ends up holding what they hold."""

import asyncio
from random import Random

import pytest
from psycopg import AsyncConnection
from psycopg.rows import DictRow

from hub.pipeline.run import Pipeline
from hub.pipeline.sources import SOURCES
from kernel.settings import Settings
from tests.integration.hub.oracle import differences, series_are_unique
from tests.integration.hub.writers import Writers

STEPS = 150


@pytest.mark.parametrize("seed", range(6))
async def test_the_hub_holds_what_the_sources_hold_after_any_interleaving(
    seed: int, pipeline: Pipeline, migrated: Settings, admin: AsyncConnection[DictRow], tenant: str
) -> None:
    chance = Random(seed)
    async with Writers(migrated.admin_database_url(), tenant, chance) as writers:
        for _ in range(3):
            for _ in range(STEPS // 3):
                running = asyncio.create_task(pipeline.run(tenant)) if chance.random() < 0.08 else None
                for _ in range(chance.randrange(1, 4)):
                    await writers.step()
                if running:
                    run = await running
                    assert [source.status for source in run.sources] == ["ok"] * len(SOURCES)
            await writers.settle()

            run = await pipeline.run_now(tenant)
            again = await pipeline.run_now(tenant)

            assert [source.status for source in run.sources] == ["ok"] * len(SOURCES)
            assert await differences(admin, tenant) == {}
            assert again.rows_read == 0
    assert await series_are_unique(admin, tenant)
    found = await pipeline.reconcile(tenant)
    assert [(source.status, source.pending) for source in found.sources] == [("ok", [])] * len(SOURCES)
