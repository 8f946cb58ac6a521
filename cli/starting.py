"""`promptsales up` and `promptsales migrate`."""

import asyncio
import os
import signal
import time
from contextlib import AsyncExitStack

from cli.introduction import introduce
from cli.output import say
from cli.session import local_settings, running_settings
from cli.stack.keys import ensure_passwords
from cli.stack.migrating import migrate_all
from cli.stack.postgres import EmbeddedPostgres
from cli.stack.runtime import hold, read_runtime
from cli.stack.supervisor import Supervisor


async def start(*, seed: bool, brief: bool) -> int:
    """Serve until SIGINT or SIGTERM; the exit status."""
    os.environ.pop("PROMPTSALES_TOKEN", None)  # one person's token for one service is not the system's
    settings = local_settings()
    stopping = asyncio.Event()

    async def serve() -> None:
        async with Supervisor(settings, say).running():
            await introduce(settings, seed=seed, brief=brief)
            await stopping.wait()

    serving = asyncio.create_task(serve())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, serving.cancel)
    try:
        await serving
    except asyncio.CancelledError:
        say("Stopped.")
    return 0


async def migrate() -> None:
    """Bring every schema up to date, in the running system's database or in one started for it."""
    settings = running_settings()
    began = time.monotonic()
    async with AsyncExitStack() as stack:
        ensure_passwords(settings)
        if settings.database_url is None and read_runtime(settings) is None:
            stack.enter_context(hold(settings))
            postgres = EmbeddedPostgres(settings)
            stack.push_async_callback(postgres.stop)
            await postgres.start()
        contexts = await migrate_all(settings)
    say(f"{len(contexts)} schemas are up to date: {', '.join(contexts)} ({time.monotonic() - began:.1f} s).")
