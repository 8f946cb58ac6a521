"""The conformance suite's checks of an authorization server, with a person at a browser who signs in and consents."""

import asyncio
import json
import os
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from cli.stack.modules import module_output
from kernel.settings import Settings
from tests.conformance.clients import HERE, MODULES, node, version
from tests.conformance.expectations import Check
from tests.conformance.outcome import Outcome
from tests.conformance.proxy import free_socket
from tests.conformance.suite import CHECKS
from tests.support.browser import Browser

_PACKAGE = "@modelcontextprotocol/conformance"
_SCENARIOS = ("authorization-server-metadata-endpoint", "authorization-code-grant")
_SECONDS = 60


async def check_issuer(settings: Settings, folder: Path) -> list[Outcome]:
    """Metadata and the code grant, as the client that any MCP application may say it is."""
    results = folder / "issuer"
    results.mkdir()
    said = await _run(settings, results)
    group = f"authorization server, suite {version(_PACKAGE)}"
    found = {name: _checks(results, name) for name in _SCENARIOS}
    return [_judged(group, name, checks, said) for name, checks in found.items()]


async def _run(settings: Settings, results: Path) -> str:
    """Run both scenarios; what the suite printed."""
    process = await asyncio.create_subprocess_exec(
        *_command(settings, results),
        cwd=HERE, env={"PATH": os.environ["PATH"], "HOME": str(results)}, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT,
    )  # fmt: skip
    assert process.stdout is not None
    said: list[str] = []
    try:
        async with asyncio.timeout(_SECONDS):
            async for line in process.stdout:
                said.append(line.decode(errors="replace").strip())
                if said[-1].startswith(f"{settings.issuer}/"):
                    await _allow(settings, said[-1])
            await process.wait()
    except TimeoutError:
        said.append(f"it took longer than {_SECONDS} s")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return "\n".join(said)


def _command(settings: Settings, results: Path) -> tuple[str, ...]:
    with free_socket() as bound:
        port = bound.getsockname()[1]
    return (
        node(),
        str(MODULES / _PACKAGE / "dist" / "index.js"),
        "authorization",
        *("--url", settings.issuer),
        *("--client-id", "mcp-client"),
        *("--resource", settings.audience("ads")),
        *("--port", str(port)),
        *("--output-dir", str(results)),
    )


async def _allow(settings: Settings, url: str) -> None:
    """Open the authorization request as the demonstration's marketer, allow it, and go where that leads."""
    accounts = [json.loads(line) for line in (await module_output(settings, "identity", "demo-passwords")).splitlines()]
    marketer: Mapping[str, str] = next(account for account in accounts if account["role"] == "marketer")
    async with Browser(settings.issuer) as browser, httpx2.AsyncClient(trust_env=False) as callback:
        await browser.sign_in(marketer["email"], marketer["password"])
        answer = await browser.consent(urlsplit(url).query)
        (await callback.get(answer.location)).raise_for_status()


def _checks(results: Path, scenario: str) -> list[Check]:
    paths = results.glob(f"*{scenario}*/checks.json")
    return [check for path in paths for check in CHECKS.validate_json(path.read_bytes())]


def _judged(group: str, scenario: str, checks: list[Check], said: str) -> Outcome:
    passed = [check for check in checks if check.status == "SUCCESS"]
    if checks and len(passed) == len(checks):
        return Outcome(group, scenario, "passed", str(len(passed)))
    problems = [f"{check.id}: {check.errorMessage}" for check in checks if check not in passed]
    return Outcome(group, scenario, "failed", "; ".join(problems) or f"not run: {said[-500:]}")
