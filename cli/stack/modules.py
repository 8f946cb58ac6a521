"""Running a package's own command to its end: `python -m PACKAGE COMMAND`."""

import asyncio
import sys

from cli.stack.plan import ROOT, child_environment
from kernel.errors import Unavailable
from kernel.settings import Settings


class CommandFailed(Unavailable):
    """A package's command did not succeed."""


async def run_module(settings: Settings, module: str, command: str) -> None:
    """Run it and wait; raises CommandFailed with the end of what it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        command,
        cwd=ROOT,
        env=child_environment(settings),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode != 0:
        said = output.decode(errors="replace").strip().splitlines() or ["it said nothing"]
        raise CommandFailed(
            f"{module} {command} failed: {' | '.join(said[-3:])}",
            fix=f"See all it says with: python -m {module} {command}",
        )
