"""Three contexts over one database, and the sandbox over real HTTP. SHOW_GATE_CRASH_TABLE=1 prints what was seen."""

import os
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx2
import pytest

from kernel.database import Database
from kernel.settings import Service, Settings
from sandbox.app import create_app
from sandbox.settings import SandboxSettings
from tests.integration.approvals.outside import served
from tests.integration.gate_crash.interruption import MANNERS, STEPS, Manner, Step
from tests.integration.gate_crash.scenes import World

CONTEXTS: tuple[Service, ...] = ("content", "ads", "crm")
KINDS = ("honouring", "slow", "lying", "forgetful")
SEEN: defaultdict[tuple[Step, Manner, str], set[str]] = defaultdict(set)


@pytest.fixture(scope="session")
async def world(migrated: Settings) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        databases: dict[Service, Database] = {
            name: await enter(Database.open(migrated.role_database_url(f"promptsales_{name}"), max_size=4))
            for name in CONTEXTS
        }
        app = create_app(migrated, SandboxSettings(slow_seconds=30))
        await enter(app.router.lifespan_context(app))
        await enter(served(app, migrated, "sandbox"))
        http = await enter(httpx2.AsyncClient(timeout=10, trust_env=False))
        yield World(migrated, databases, http)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The end of the action and the effects it had, by step, manner and kind of platform."""
    if not (SEEN and os.environ.get("SHOW_GATE_CRASH_TABLE")):
        return
    terminalreporter.write_line(f"| The first attempt is | {' | '.join(KINDS)} |")
    terminalreporter.write_line("|---|" + "---|" * len(KINDS))
    for manner in MANNERS:
        for step in STEPS:
            cells = ["; ".join(sorted(SEEN[step, manner, kind])) for kind in KINDS]
            terminalreporter.write_line(f"| {manner} {step} | {' | '.join(cells)} |")
