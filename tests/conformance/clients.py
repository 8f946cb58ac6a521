"""The pinned clients: installed as the lock file says, run with a Node that is new enough for them."""

import asyncio
import contextlib
import hashlib
import json
import os
import platform
import shutil
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kernel.errors import Unavailable

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
_INSTALL_SECONDS = 600
_ARCHITECTURES = {"x86_64": "x64", "aarch64": "arm64"}


class ClientsMissing(Unavailable):
    """The clients cannot be installed or run here."""


@dataclass(frozen=True, slots=True)
class Finished:
    status: int
    output: str
    errors: str

    @property
    def complaint(self) -> str:
        """The last thing it said, for a report of failure."""
        said = (self.errors.strip() or self.output.strip() or "it said nothing").splitlines()
        return f"exit status {self.status}: {said[-1][:300]}"


async def install() -> None:
    """Install what package-lock.json names, unless it is installed."""
    wanted = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    stamp = MODULES / ".installed"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    npm = shutil.which("npm")
    if npm is None:
        raise ClientsMissing("There is no npm.", fix="Install Node with npm.")
    done = await run((npm, "ci", "--loglevel=error"), cwd=HERE, env=os.environ, seconds=_INSTALL_SECONDS)
    if done.status != 0:
        raise ClientsMissing(f"npm ci failed, {done.complaint}", fix=f"Run it in {HERE}.")
    stamp.write_text(wanted)


def version(package: str) -> str:
    """The version of an installed package."""
    return str(json.loads((MODULES / package / "package.json").read_text())["version"])


def node() -> str:
    """The Node that comes with the clients, else the machine's own, which has to be 22.19 or newer."""
    bundled = MODULES / f"node-linux-{_ARCHITECTURES.get(platform.machine())}" / "bin" / "node"
    found = str(bundled) if bundled.exists() else shutil.which("node")
    if found is None:
        raise ClientsMissing("There is no Node for this machine.", fix="Install Node 22.19 or newer.")
    return found


async def run(command: Sequence[str], *, cwd: Path, env: Mapping[str, str], seconds: float) -> Finished:
    """Run a program to its end, and end it and all it started when it takes longer."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=cwd,
        env=dict(env),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(seconds):
            output, errors = await process.communicate()
    except TimeoutError:
        return Finished(-1, "", f"it took longer than {seconds:g} s")
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
    return Finished(process.returncode or 0, output.decode(errors="replace"), errors.decode(errors="replace"))
