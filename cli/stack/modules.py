"""Running a package's own command to its end: `python -m PACKAGE COMMAND`."""

import asyncio
import json
import sys
from typing import cast

from cli.stack.plan import ROOT, child_environment
from kernel.errors import Unavailable
from kernel.settings import Settings


class CommandFailed(Unavailable):
    """A package's command did not succeed."""


async def run_module(settings: Settings, module: str, command: str) -> None:
    """Run it and wait; raises CommandFailed with the end of what it said."""
    await module_output(settings, module, command)


async def module_output(settings: Settings, module: str, *arguments: str) -> str:
    """Run it and wait; what it printed, which goes nowhere else. Raises CommandFailed with the end of what it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        cwd=ROOT,
        env=child_environment(settings),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        output, said = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode != 0:
        command = f"{module} {' '.join(arguments)}"
        raise CommandFailed(
            f"{command} failed: {_reason(said.decode(errors='replace'))}",
            fix=f"See all it says with: python -m {command}",
        )
    return output.decode()


def _reason(said: str) -> str:
    """Why it failed: as its last log line states, else the end of all it said."""
    lines = said.strip().splitlines() or ["it said nothing"]
    try:
        return str(cast("dict[str, object]", json.loads(lines[-1]))["reason"])
    except (ValueError, TypeError, KeyError):
        return " | ".join(lines[-3:])
