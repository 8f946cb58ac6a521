"""`python -m tests.conformance`: MCP Inspector and the conformance suite against the servers of a whole system.

The system is started for it, on free ports and with data of its own, and stopped at the end. The Inspector and the
authorization trail check its servers; the suite checks each server's profile, which runs beside it and is the same
server plus the tools, prompts and resources that the suite calls (`fixtures/`). The three servers with a gate run the
scenarios of the Tasks extension as well, and an action is followed through the gate as a task. The authorization server
is checked as an application and its user meet it. Exits with 1 when a check fails that is not among the expected
failures. Takes about four minutes.
"""

import asyncio
import json
import os
import random
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from socket import socket

import httpx2
from rich.console import Console

from cli.stack.ports import free_offset
from cli.stack.supervisor import Supervisor
from kernel.auth import TokenClient
from kernel.errors import PromptSalesError
from kernel.settings import MCP_SERVERS, Service, Settings
from tests.conformance.authorization import follow_the_trail
from tests.conformance.clients import install
from tests.conformance.expectations import Expectations
from tests.conformance.gate import GATE_SERVER, Reviewed
from tests.conformance.inspector import ERAS, Inspector
from tests.conformance.issuer import check_issuer
from tests.conformance.outcome import Outcome
from tests.conformance.profile import Profiles
from tests.conformance.proxy import TokenProxy, free_socket, serving
from tests.conformance.report import show
from tests.conformance.suite import GATED_SERVERS, SUITES, run_suite, run_tasks

_LIMIT_SECONDS = 1200
_AT_ONCE = 2
"""Servers checked at the same time."""


class Conformance:
    """All checks of the servers of one running system."""

    def __init__(self, settings: Settings, http: httpx2.AsyncClient, tokens: TokenClient, folder: Path) -> None:
        self._settings = settings
        self._http = http
        self._tokens = tokens
        self._folder = folder
        self._expectations = Expectations.read()
        self._profiles = Profiles(settings, http)
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def check(self, server: Service, bound: socket) -> list[Outcome]:
        """Every check of one server; `bound` is where the suite will find it, through the proxy."""
        async with self._turns:
            token = await self._tokens.assertion("admin", server)
            trail = await follow_the_trail(self._http, self._settings, server)
            outcomes = [*trail, *await self._inspect(server, token), *await self._conform(server, token, bound)]
            return [*outcomes, *await self._review(server)] if server == GATE_SERVER else outcomes

    async def _review(self, server: Service) -> list[Outcome]:
        home = self._folder / "inspector-gate"
        home.mkdir()
        return await Reviewed(self._settings, self._http, self._tokens, Inspector(self._settings, server, home)).check()

    async def _inspect(self, server: Service, token: str) -> list[Outcome]:
        home = self._folder / f"inspector-{server}"
        home.mkdir()
        inspector = Inspector(self._settings, server, home)
        outcomes = [await inspector.without_token()]
        for era in ERAS:
            outcomes += await inspector.over_http(era, token)
            outcomes += await inspector.over_stdio(era)
        return outcomes

    async def _conform(self, server: Service, token: str, bound: socket) -> list[Outcome]:
        outcomes: list[Outcome] = []
        async with self._profiles.serving(server) as port, serving(TokenProxy(port, token), bound) as url:
            for number, suite in enumerate(SUITES):
                results = self._folder / f"suite-{server}-{number}"
                results.mkdir()
                outcomes += await run_suite(suite, url, self._expectations, results)
            if server in GATED_SERVERS:
                results = self._folder / f"suite-{server}-tasks"
                results.mkdir()
                outcomes += await run_tasks(url, self._expectations, results)
        return outcomes


async def _run(console: Console) -> int:
    await install()
    proxies: dict[Service, socket] = {server: free_socket() for server in MCP_SERVERS}
    _isolate([f"127.0.0.1:{bound.getsockname()[1]}" for bound in proxies.values()])
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="conformance-")))
        settings = Settings(data_dir=folder / "data", port_offset=_offset())
        await stack.enter_async_context(Supervisor(settings, console.print).running())
        http = await stack.enter_async_context(httpx2.AsyncClient(timeout=10, trust_env=False))
        tokens = await stack.enter_async_context(TokenClient(settings, "cli"))
        conformance = Conformance(settings, http, tokens, folder)
        async with asyncio.TaskGroup() as group:
            checks: dict[Service, asyncio.Task[list[Outcome]]] = {
                "identity": group.create_task(check_issuer(settings, folder)),
                **{name: group.create_task(conformance.check(name, bound)) for name, bound in proxies.items()},
            }
        return show({name: check.result() for name, check in checks.items()}, console)


def _isolate(proxy_hosts: Sequence[str]) -> None:
    """Whatever is set on this machine is no business of ours; the servers are to accept the proxies' addresses."""
    for name in [name for name in os.environ if name.startswith("PROMPTSALES_")]:
        del os.environ[name]
    os.environ["PROMPTSALES_ALLOWED_HOSTS"] = json.dumps(proxy_hosts)


def _offset() -> int:
    """Ports below those that outgoing connections take."""
    return free_offset(Settings(port_offset=random.randrange(2_000, 20_000, 100)))


async def main() -> int:
    console = Console(width=140, highlight=False)
    running = asyncio.create_task(_run(console))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, running.cancel)
    try:
        async with asyncio.timeout(_LIMIT_SECONDS):
            return min(await running, 1)
    except asyncio.CancelledError:
        console.print("Stopped.", style="red")
    except TimeoutError:
        console.print(f"It took longer than {_LIMIT_SECONDS} s.", style="red")
    except PromptSalesError as error:
        console.print(f"{error.message} {error.fix or ''}", style="red", markup=False)
    return 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
