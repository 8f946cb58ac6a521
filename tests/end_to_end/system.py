"""The whole system as a user has it: `promptsales up` in a process of its own, used by command line and APIs."""

import asyncio
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar, cast, get_args

import httpx2
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import Tool

from kernel.auth import Role, TokenClient
from kernel.settings import Service, Settings
from kernel.tls import service_http
from tests.conftest import free_offset

TENANT = "solid-demo"
Platform = Literal["ads", "publisher", "messenger"]
PLATFORMS: tuple[Platform, ...] = get_args(Platform)
ValueT = TypeVar("ValueT")
ROOT = Path(__file__).parents[2]
QUICK = {
    "PROMPTSALES_SANDBOX_SECONDS_PER_DAY": "5",
    "PROMPTSALES_PIPELINE_SECONDS": "1",
    "PROMPTSALES_ADS_INSIGHTS_SECONDS": "0.5",
    "PROMPTSALES_ADS_PLATFORM_TIMEOUT_SECONDS": "1.5",
    "PROMPTSALES_APPROVAL_UNDO_SECONDS": "0",
    "PROMPTSALES_EXECUTOR_LEASE_SECONDS": "4",
    "PROMPTSALES_EXECUTOR_BACKOFF_SECONDS": "0.2",
    "PROMPTSALES_LONGEST_BACKOFF_SECONDS": "1",
}
"""Real parts at a pace that a test can wait for."""


class Timeout(AssertionError):
    """What a test waited for did not happen."""


@dataclass
class System:
    data_dir: Path
    environment: dict[str, str] = field(default_factory=dict[str, str])
    port_offset: int = field(default_factory=free_offset)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def settings(self) -> Settings:
        return Settings(
            data_dir=self.data_dir,
            port_offset=self.port_offset,
            tls_cert=self._path("PROMPTSALES_TLS_CERT"),
            tls_key=self._path("PROMPTSALES_TLS_KEY"),
            tls_ca=self._path("PROMPTSALES_TLS_CA"),
        )

    def _path(self, variable: str) -> Path | None:
        return Path(self.environment[variable]) if variable in self.environment else None

    @property
    def env(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PROMPTSALES_")}
        place = {"PROMPTSALES_DATA_DIR": str(self.data_dir), "PROMPTSALES_PORT_OFFSET": str(self.port_offset)}
        return {**inherited, **QUICK, **self.environment, **place, "NO_COLOR": "1"}

    def start(self, *arguments: str, seconds: float = 120) -> None:
        """`promptsales up`; returns once it serves and its demo data is there."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with (self.data_dir / "up.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "cli.main", "up", *arguments], cwd=ROOT, env=self.env, stdout=log, stderr=log
            )
        until = time.monotonic() + seconds
        while b"Ctrl-C stops everything" not in (self.data_dir / "up.log").read_bytes():
            if self._process.poll() is not None or time.monotonic() > until:
                raise Timeout(f"It does not serve:\n{(self.data_dir / 'up.log').read_text()[-3000:]}")
            time.sleep(0.1)

    def stop(self) -> int:
        """Ctrl-C; its exit status."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(30)

    def processes(self) -> dict[str, int]:
        """Process ids by name, as the running system tells them."""
        return cast("dict[str, int]", json.loads((self.data_dir / "runtime.json").read_text())["processes"])

    def kill(self, name: str) -> int:
        """kill -9 one of its processes; the id it had."""
        pid = self.processes()[name]
        os.kill(pid, signal.SIGKILL)
        return pid

    async def recovered(self, name: str, old_pid: int, seconds: float = 40) -> None:
        """Wait until a killed process runs again and every service is ready."""

        async def restarted() -> bool:
            return self.processes().get(name) not in (None, old_pid)

        async def ready() -> bool:
            return (await self.cli("status", "--json")).returncode == 0

        await eventually(restarted, seconds=seconds)
        await eventually(ready, seconds=seconds)

    async def cli(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command as a user would."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "cli.main", *arguments,
            cwd=ROOT, env={**self.env, **environment}, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        output, errors = await asyncio.wait_for(process.communicate(), 120)
        return subprocess.CompletedProcess(arguments, process.returncode or 0, output.decode(), errors.decode())

    async def json(self, *arguments: str, **environment: str) -> dict[str, Any]:
        """What a command prints with --json; a failing command fails the test."""
        done = await self.cli(*arguments, "--json", **environment)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return cast("dict[str, Any]", json.loads(done.stdout))

    @property
    def passwords(self) -> dict[str, str]:
        """The demonstration users' passwords by role, as the first start showed them."""
        shown = (self.data_dir / "up.log").read_text()
        return dict(re.findall(r"(\w+)\W+\1@demo\.example\W+(\S+)", shown))

    async def token(self, role: Role, service: Service) -> str:
        async with TokenClient(self.settings, "cli") as tokens:
            return await tokens.assertion(role, service)

    @asynccontextmanager
    async def client(self, role: Role, server: Service) -> AsyncGenerator[Client]:
        """An MCP client of a server, as a role."""
        headers = {"Authorization": f"Bearer {await self.token(role, server)}"}
        async with (
            service_http(self.settings, headers=headers, timeout=30) as http,
            Client(streamable_http_client(self.settings.audience(server), http_client=http)) as client,
        ):
            yield client

    async def tools(self, role: Role, server: Service) -> list[Tool]:
        """The tools a server lists to a role."""
        async with self.client(role, server) as client:
            return (await client.list_tools()).tools

    async def call(self, role: Role, server: Service, tool: str, /, **arguments: Any) -> dict[str, Any]:
        """Call an MCP tool; an error becomes `{"error": text}`."""
        async with self.client(role, server) as client:
            result = await client.call_tool(tool, arguments)
        if result.is_error:
            return {"error": " ".join(block.text for block in result.content if block.type == "text")}
        return cast("dict[str, Any]", result.structured_content)

    async def rest(self, role: Role, service: Service, method: str, path: str, body: object = None) -> httpx2.Response:
        """Call a REST API as a role."""
        token = await self.token(role, service)
        return await self.bearer(token, method, f"{self.settings.url(service)}{path}", body)

    async def bearer(self, token: str, method: str, url: str, body: object = None) -> httpx2.Response:
        """Call any URL with a token."""
        headers = {"Authorization": f"Bearer {token}"}
        async with service_http(self.settings, headers=headers, timeout=30) as http:
            return await http.request(method, url, json=body)

    async def sandbox(
        self, method: str, path: str, body: object = None, *, platform: Platform = "ads"
    ) -> dict[str, Any]:
        """Look at our tenant's account on an outside platform, or tell it to misbehave."""
        key = self.settings.client_secret("sandbox")
        account = f"sandbox-{platform}:{TENANT}"
        headers = {"Authorization": f"Bearer {key}", "X-Account": account, "Idempotency-Key": secrets.token_hex(8)}
        async with service_http(self.settings, headers=headers, timeout=30) as http:
            response = await http.request(method, f"{self.settings.url('sandbox')}{path}", json=body)
        assert response.is_success, response.text
        return cast("dict[str, Any]", response.json())

    async def live_campaigns(self, external_ref: str | None = None) -> list[dict[str, Any]]:
        """Campaigns on the ad platform, all or those of one of our campaigns."""
        found = (await self.sandbox("GET", "/ads/campaigns"))["items"]
        return [campaign for campaign in found if external_ref in (None, campaign["external_ref"])]

    async def action(self, approval_id: str) -> dict[str, Any]:
        response = await self.rest("reviewer", "approvals", "GET", f"/v1/actions/{approval_id}")
        assert response.is_success, response.text
        return cast("dict[str, Any]", response.json())

    async def settled(self, approval_id: str, seconds: float = 40) -> dict[str, Any]:
        """Wait until an action is neither pending nor under way."""

        async def found() -> dict[str, Any] | None:
            action = await self.action(approval_id)
            return None if action["status"] in ("pending", "approved", "executing") else action

        return await eventually(found, seconds=seconds)


async def eventually(check: Callable[[], Awaitable[ValueT | None]], *, seconds: float = 20) -> ValueT:
    """The first truthy answer of an async check; connection errors count as not yet."""
    until = time.monotonic() + seconds
    last: ValueT | Exception | None = None
    while time.monotonic() < until:
        try:
            last = found = await check()
            if found:
                return found
        except (httpx2.HTTPError, AssertionError) as error:
            last = error
        await asyncio.sleep(0.1)
    raise Timeout(f"It did not happen within {seconds} s; the last answer was {last!r}.")
