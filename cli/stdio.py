"""`promptsales mcp SERVER`: this process becomes the server."""

import asyncio
import os
import sys

from cli.errors import Unreachable
from cli.session import running_settings
from cli.stack.health import readiness
from cli.stack.plan import ROOT, child_environment
from kernel.settings import Settings
from kernel.tls import service_http


def become_server(server: str, role: str) -> None:
    """Replace this process by a context's server on stdio, acting for a role of the embedded identity."""
    settings = running_settings()
    asyncio.run(_require_identity(settings))
    os.chdir(ROOT)
    environment = child_environment(settings) | {"PROMPTSALES_STDIO_ROLE": role}
    command = [sys.executable, "-m", f"mcp_servers.{server}", "--stdio"]
    os.execve(sys.executable, command, environment)  # noqa: S606 - no shell is the point


async def _require_identity(settings: Settings) -> None:
    async with service_http(settings) as http:
        if await readiness(http, settings, "identity") is not None:
            raise Unreachable(settings.url("identity"))
