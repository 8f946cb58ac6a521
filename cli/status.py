"""`promptsales status`: every process of the system, and whether it is ready."""

import asyncio
from dataclasses import asdict, dataclass

from cli.errors import EXIT_FAILED, EXIT_UNREACHABLE
from cli.output import add_row, complain, emit, show, table
from cli.session import running_settings
from cli.stack.health import readiness
from cli.stack.plan import TIERS, Member
from cli.stack.runtime import is_alive, read_runtime
from kernel.settings import Settings
from kernel.tls import service_http


@dataclass(frozen=True, slots=True)
class State:
    """A process of the system; `lacks` says why it is not ready."""

    name: str
    url: str | None
    pid: int | None
    ready: bool
    lacks: str | None


async def show_status(*, as_json: bool) -> int:
    """Print every process's state; the exit status."""
    settings = running_settings()
    states = await states_of(settings)
    running = any(state.ready or state.pid for state in states)
    if as_json:
        emit({"running": running, "services": [asdict(state) for state in states]})
    elif running:
        found = table("service", "state", "url", "pid")
        for state in states:
            add_row(found, state.name, state.lacks or "ready", state.url, state.pid)
        show(found)
    if not running:
        complain(f"No API at {settings.url('orchestrator')}.", "Start it with: promptsales up")
        return EXIT_UNREACHABLE
    return 0 if all(state.ready for state in states) else EXIT_FAILED


async def states_of(settings: Settings) -> list[State]:
    """Ask every process at once."""
    runtime = read_runtime(settings)
    pids = runtime.processes if runtime else {}
    async with service_http(settings) as http:

        async def state(member: Member) -> State:
            pid = pids.get(member.name)
            if member.service:
                url = settings.url(member.service)
                lacks = await readiness(http, settings, member.service)
            else:
                url = None
                lacks = None if pid and is_alive(pid) else "not running"
            return State(member.name, url, pid, lacks is None, lacks)

        return await asyncio.gather(*(state(member) for tier in TIERS for member in tier))
