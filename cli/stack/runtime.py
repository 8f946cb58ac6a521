"""The running system, as it describes itself: `<data_dir>/runtime.json`, there while it serves, and a lock."""

import asyncio
import fcntl
import json
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

from kernel.errors import Conflict
from kernel.settings import Settings


class AlreadyRunning(Conflict):
    """A system runs on this data directory."""


@dataclass(frozen=True, slots=True)
class Runtime:
    pid: int
    """The supervisor's."""
    port_offset: int
    urls: dict[str, str]
    processes: dict[str, int] = field(default_factory=dict[str, int])
    """Process ids by name."""
    tls: dict[str, str] = field(default_factory=dict[str, str])
    """The variables that say which certificate it serves with and which authority to trust; empty without TLS."""


def runtime_file(settings: Settings) -> Path:
    return settings.data_dir / "runtime.json"


def read_runtime(settings: Settings) -> Runtime | None:
    """What the running system says of itself; None when there is none, or when its supervisor was killed."""
    try:
        stored = cast("dict[str, Any]", json.loads(runtime_file(settings).read_text()))
        runtime = Runtime(**stored)
    except (OSError, ValueError, TypeError):
        return None
    return runtime if is_alive(runtime.pid) else None


def write_runtime(settings: Settings, runtime: Runtime) -> None:
    path = runtime_file(settings)
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(asdict(runtime), indent=1))
    temporary.replace(path)


def is_alive(pid: int) -> bool:
    """Does a process with that id run? One that has ended and was not collected does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    status = Path("/proc") / str(pid) / "stat"
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:  # not Linux, or gone just now
        return not Path("/proc/self").exists()


async def await_previous(settings: Settings) -> None:
    """After a supervisor was killed: give its processes, which end with it, the time to do so."""
    try:
        stored = cast("dict[str, Any]", json.loads(runtime_file(settings).read_text()))
    except (OSError, ValueError):
        return
    pids = list(Runtime(**stored).processes.values())
    for _ in range(100):
        if not any(map(is_alive, pids)):
            return
        await asyncio.sleep(0.1)


@contextmanager
def hold(settings: Settings) -> Generator[None]:
    """Own the data directory; raises AlreadyRunning while another process does. The lock falls when we end."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(settings.data_dir / "up.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            runtime = read_runtime(settings)
            who = f" (pid {runtime.pid}, port offset {runtime.port_offset})" if runtime else ""
            raise AlreadyRunning(
                f"PromptSales is already running on {settings.data_dir}{who}.",
                fix="See promptsales status. A second system needs its own PROMPTSALES_DATA_DIR and _PORT_OFFSET.",
            ) from error
        yield
    finally:
        os.close(descriptor)
