"""The embedded PostgreSQL alone, until SIGINT or SIGTERM: `python -m cli.stack.database` says `ready` when serving."""

import asyncio
import signal
import sys

from cli.stack.keys import ensure_passwords
from cli.stack.postgres import EmbeddedPostgres
from kernel.settings import Settings, get_settings

READY = "ready"


async def serve(settings: Settings) -> None:
    """Serve a durable database, made when there is none, until asked to stop."""
    ensure_passwords(settings)
    settings.data_dir.joinpath("logs").mkdir(exist_ok=True)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    server = EmbeddedPostgres(settings)
    await server.start()
    try:
        sys.stdout.write(f"{READY}\n")
        sys.stdout.flush()
        await stopped.wait()
    finally:
        await server.stop()


if __name__ == "__main__":
    asyncio.run(serve(get_settings()))
