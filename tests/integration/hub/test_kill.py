"""A run whose process is killed at any moment leaves nothing half done: the next one brings the rest, once."""

import asyncio
import signal
import sys
from pathlib import Path
from random import Random

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from cli.stack.plan import ROOT, child_environment
from hub.pipeline.run import Pipeline
from hub.pipeline.sources import SOURCES
from kernel.settings import Settings
from tests.integration.hub.oracle import differences
from tests.integration.hub.sources import Sources

RUN = """
import asyncio, sys
from hub.pipeline.run import Pipeline
from kernel.database import Database
from kernel.settings import get_settings

async def main():
    settings = get_settings()
    async with (
        Database.open(settings.role_database_url("promptsales_hub")) as hub,
        Database.open(settings.role_database_url("promptsales_pipeline")) as sources,
    ):
        pipeline = Pipeline(hub, sources, batch_rows=5)
        print("begins", flush=True)
        while True:
            await pipeline.run(sys.argv[1])

asyncio.run(main())
"""
KILLS = 6


async def test_a_run_killed_at_any_moment_is_made_up_for(
    pipeline: Pipeline,
    sources: Sources,
    migrated: Settings,
    admin: AsyncConnection[DictRow],
    tenant: str,
    tmp_path: Path,
) -> None:
    chance = Random(11)
    script = tmp_path / "run.py"
    script.write_text(RUN)
    await sources.add("ads.campaigns", {})
    for kill in range(KILLS):
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(script),
            tenant,
            cwd=ROOT,
            env={**child_environment(migrated), "PYTHONPATH": str(ROOT)},
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        assert await process.stdout.readline() == b"begins\n"
        for day in range(1, chance.randrange(4, 20)):  # it brings them while they come
            await sources.add("ads.metrics", {"date": f"2026-{kill + 1:02}-{day:02}"})
            await sources.add("crm.leads", {"lead_id": f"l-{kill}-{day}"})
            await sources.remove("crm.leads", {"lead_id": f"l-{kill}-{day - 2}"})
        process.send_signal(signal.SIGKILL)
        assert await process.wait() == -signal.SIGKILL

        run = await pipeline.run_now(tenant)
        again = await pipeline.run_now(tenant)

        assert [source.status for source in run.sources] == ["ok"] * len(SOURCES)
        assert await differences(admin, tenant) == {}
        assert again.rows_read == 0
