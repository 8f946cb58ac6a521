"""The executor as a process of its own, killed and stopped."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from kernel.settings import Settings
from tests.integration.approvals.outside import FakeAds
from tests.integration.approvals.support import Queue

ROOT = Path(__file__).parents[3]


@asynccontextmanager
async def _executor(settings: Settings) -> AsyncGenerator[Process]:
    environment = os.environ | {
        "PROMPTSALES_DATA_DIR": str(settings.data_dir),
        "PROMPTSALES_PORT_OFFSET": str(settings.port_offset),
        "PROMPTSALES_EXECUTOR_LEASE_SECONDS": "2",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "approvals.executor", cwd=ROOT, env=environment, stdout=DEVNULL, stderr=DEVNULL
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_killed_executor_is_replaced_and_the_effect_stays_one(
    queue: Queue, ads: FakeAds, approvals_settings: Settings
) -> None:
    ads.script.append("silent_after_effect")
    action = await queue.approved()
    async with _executor(approvals_settings) as first:
        async with asyncio.timeout(20):
            await ads.effect_made.wait()
        first.send_signal(signal.SIGKILL)
        await first.wait()

    async with _executor(approvals_settings) as second:
        done = await queue.reached(action.id, "SUCCEEDED")
        second.send_signal(signal.SIGTERM)
        assert await second.wait() == 0

    assert (done.fence, list(ads.effects)) == (2, [action.id])
    assert (await queue.events(action.id))[-3:] == ["claimed", "claimed", "succeeded"]
