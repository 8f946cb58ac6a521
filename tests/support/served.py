"""A process that serves HTTP as the system's processes do, over real sockets."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping

SERVE = """
import sys
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from kernel.errors import PromptSalesError
from kernel.logs import configure_logging
from kernel.settings import get_settings
from kernel.web import health_routes, run, serve_app

async def caller(request: Request) -> PlainTextResponse:
    return PlainTextResponse(request.client.host)

configure_logging("hub")
app = Starlette(routes=[*health_routes("hub", {}), Route("/caller", caller)])
try:
    run(serve_app(app, get_settings(), "hub"))
except PromptSalesError as error:
    sys.exit(f"{error.field}: {error}")
"""


class Server:
    """One process that serves `/healthz`, and `/caller` with the address it takes its client for; `said` is its log."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.said = ""

    async def hears(self, words: str) -> None:
        assert self._process.stderr is not None
        async with asyncio.timeout(30):
            while words not in self.said:
                line = await self._process.stderr.readline()
                assert line, self.said
                self.said += line.decode()

    async def ends(self) -> int:
        async with asyncio.timeout(30):
            _, rest = await self._process.communicate()
        self.said += rest.decode()
        return self._process.returncode or 0

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)


async def started(environment: Mapping[str, str], port_offset: int) -> Server:
    """Start one at the hub's port."""
    environment = {**os.environ, **environment, "PROMPTSALES_PORT_OFFSET": str(port_offset)}
    return Server(
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", SERVE, env=environment, stderr=asyncio.subprocess.PIPE
        )
    )
