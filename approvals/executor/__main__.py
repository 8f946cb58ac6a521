"""`python -m approvals.executor`: carry approved actions out until SIGINT or SIGTERM."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx2

from approvals.audit_upkeep import audit_kept
from approvals.executor.dispatcher import Dispatcher
from approvals.executor.loop import Executor
from approvals.grants import GrantSigner
from approvals.servers import Servers
from approvals.settings import ApprovalSettings
from kernel.auth import TokenClient
from kernel.database import Database
from kernel.errors import PromptSalesError
from kernel.logs import configure_logging, logger
from kernel.settings import Settings, get_settings
from kernel.tls import service_http
from kernel.web import run as run_loop

ROLE = "promptsales_executor"


@asynccontextmanager
async def open_executor(settings: Settings, options: ApprovalSettings, worker: str) -> AsyncGenerator[Executor]:
    """An executor with its own database role and its own identity; closed at exit."""
    limits = httpx2.Limits(max_connections=options.executor_concurrency)
    async with (
        Database.open(settings.role_database_url(ROLE), max_size=4) as database,
        TokenClient(settings, "executor") as tokens,
        service_http(settings, timeout=options.call_timeout_seconds, limits=limits) as http,
    ):
        servers = Servers(settings, tokens, http)
        dispatcher = Dispatcher(database, servers, GrantSigner.open(settings), options, worker)
        yield Executor(database, dispatcher, options, worker)


async def run(settings: Settings, options: ApprovalSettings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    worker = f"executor:{socket.gethostname()}:{os.getpid()}"
    async with (
        open_executor(settings, options, worker) as executor,
        Database.open(settings.role_database_url(ROLE), max_size=1) as database,
        audit_kept(database, retention_days=options.audit_retention_days),
    ):
        logger(__name__).info("executor ready", concurrency=options.executor_concurrency)
        await executor.run(stop)
    logger(__name__).info("executor stopped")


def main() -> int:
    configure_logging("executor")
    try:
        run_loop(run(get_settings(), ApprovalSettings()))
    except PromptSalesError as error:
        logger(__name__).error("cannot go on", code=error.code, reason=str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
