"""MCP Inspector against one server: it lists the tools and calls one, over HTTP and over stdio, in both eras."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from kernel.settings import Service, Settings
from tests.conformance.clients import MODULES, Finished, node, run, version
from tests.conformance.outcome import Outcome

Era = Literal["modern", "legacy"]
ERAS: tuple[Era, ...] = ("modern", "legacy")
ROOT = Path(__file__).resolve().parents[2]

_PACKAGE = "@modelcontextprotocol/inspector"
_PROGRAM = MODULES / _PACKAGE / "clients" / "launcher" / "build" / "index.js"
_SECONDS = 90
_CONNECT_MILLISECONDS = 60_000
"""A server on stdio starts when it is called, which on a busy machine takes longer than the Inspector's 15 s."""
_AUTH_REQUIRED = 3
CALLED: Mapping[Service, str] = {
    "content": "list_assets",
    "ads": "list_campaigns",
    "crm": "list_leads",
    "analytics": "list_metrics",
}
"""The tool that is called on each server: it reads, and needs no argument."""


@dataclass(frozen=True, slots=True)
class Inspector:
    """The Inspector's command line for one server."""

    settings: Settings
    server: Service
    home: Path
    """A directory of its own for what it stores."""

    async def over_http(self, era: Era, token: str) -> list[Outcome]:
        """With a bearer token, at the server itself."""
        header = ("--header", f"Authorization: Bearer {token}")
        return await self._lists_and_calls(f"http {era}", (*self._http(era), *header), ())

    async def over_stdio(self, era: Era) -> list[Outcome]:
        """The server as `promptsales mcp` starts it for a client on this machine."""
        environment = {
            "PROMPTSALES_DATA_DIR": str(self.settings.data_dir),
            "PROMPTSALES_PORT_OFFSET": str(self.settings.port_offset),
        }
        variables = [part for name, value in environment.items() for part in ("-e", f"{name}={value}")]
        patience = ("--connect-timeout", str(_CONNECT_MILLISECONDS))
        options = ("--transport", "stdio", "--protocol-era", era, "--cwd", str(ROOT), *patience, *variables)
        command = (sys.executable, "-m", "cli.main", "mcp", self.server, "--role", "admin")
        return await self._lists_and_calls(f"stdio {era}", options, command)

    async def without_token(self) -> Outcome:
        """It has to understand from the answer that the server wants authorization."""
        done = await self._run((*self._http("modern"), "--stored-auth-only", "--method", "tools/list"), ())
        refused = done.status == _AUTH_REQUIRED and "auth_required" in done.errors
        return self._outcome("http without a token is refused", "" if refused else done.complaint)

    async def call(self, tool: str, arguments: str, token: str) -> Finished:
        """Call a tool with a JSON object of arguments, in the modern era, as a client that takes tasks."""
        call = ("--method", "tools/call", "--tool-name", tool, "--tool-args-json", arguments)
        return await self._run((*self._http("modern"), "--header", f"Authorization: Bearer {token}", *call), ())

    def _http(self, era: Era) -> tuple[str, ...]:
        return ("--server-url", self.settings.audience(self.server), "--transport", "http", "--protocol-era", era)

    async def _lists_and_calls(self, way: str, options: tuple[str, ...], command: tuple[str, ...]) -> list[Outcome]:
        tool = CALLED[self.server]
        listed = await self._run((*options, "--method", "tools/list", "--strict"), command)
        call = ("--method", "tools/call", "--tool-name", tool, "--tool-args-json", "{}")
        called = await self._run((*options, *call), command)
        return [
            self._outcome(f"{way} tools/list", _listing_problem(listed, tool)),
            self._outcome(f"{way} tools/call", _call_problem(called)),
        ]

    async def _run(self, options: tuple[str, ...], command: tuple[str, ...]) -> Finished:
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.home)}
        arguments = (node(), str(_PROGRAM), "--cli", *options, "--format", "json", *command)
        return await run(arguments, cwd=self.home, env=environment, seconds=_SECONDS)

    def _outcome(self, name: str, problem: str) -> Outcome:
        return Outcome(f"inspector {version(_PACKAGE)}", name, "failed" if problem else "passed", problem)


def _listing_problem(done: Finished, tool: str) -> str:
    result = _result(done)
    if result is None:
        return done.complaint
    tools = cast("list[dict[str, Any]]", result["tools"])
    undescribed = [str(listed["name"]) for listed in tools if not listed.get("description")]
    if undescribed:
        return f"no description: {', '.join(undescribed)}"
    return "" if any(listed["name"] == tool for listed in tools) else f"{tool} is not listed"


def _call_problem(done: Finished) -> str:
    result = _result(done)
    if result is None:
        return done.complaint
    return f"the tool failed: {result['content']}" if result["isError"] else ""


def _result(done: Finished) -> dict[str, Any] | None:
    return cast("dict[str, Any]", json.loads(done.output)["result"]) if done.status == 0 else None
