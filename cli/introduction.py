"""What `promptsales up` shows once everything serves: demo data, an example strategy, what to do next."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from cli.actions import show_actions
from cli.conversation import open_thread, take_turn
from cli.demo.seed import SeedReport, seed_demo
from cli.errors import Refused
from cli.output import add_row, complain, say, show, show_text, table
from cli.session import Api, api
from cli.stack.modules import module_output
from cli.strategy import show_strategy, show_turn
from kernel.errors import PromptSalesError
from kernel.settings import MCP_SERVERS, Settings

EXAMPLE_BRIEF = (
    "Sell 300 Cold Brew Kits for Cafe Alta in Mexico and Costa Rica next month "
    "with 12000 USD, for coffee lovers and young professionals"
)
_QUESTION = "Which platform had the best ROAS last month?"


async def introduce(settings: Settings, *, seed: bool, brief: bool) -> None:
    """Show it. What fails here is said; the system serves all the same."""
    made = asyncio.create_task(module_output(settings, "identity", "demo-passwords"))
    try:
        async with _complaining():
            if seed:
                _report(await seed_demo(settings))
            if brief:
                await _example(settings)
            await _next_steps(settings)
    finally:  # whatever happened: passwords that were made are never told again
        async with _complaining():
            _signing_in(settings, await made)
    show_text(f"\nServing at {settings.url('orchestrator')}. Ctrl-C stops everything.")


@asynccontextmanager
async def _complaining() -> AsyncGenerator[None]:
    try:
        yield
    except PromptSalesError as error:
        complain(error.message, error.fix)
    except Exception as error:  # a flaw in the demonstration must not take the system down
        complain(f"The introduction failed: {error!r}")


def _report(report: SeedReport) -> None:
    if report.status == "seeded":
        rows = ", ".join(f"{count:,} {kind}" for kind, count in report.rows.items())
        say(f"The demo tenant has {report.clients} clients and {rows} ({report.seconds:.1f} s).")


async def _example(settings: Settings) -> None:
    """Plan a strategy from the example brief; after the first time, show the one there is."""
    memory = settings.data_dir / "example.json"
    async with api("orchestrator", "marketer", settings) as orchestrator:
        thread = _remembered(memory)
        strategy = await _existing(orchestrator, thread) if thread else None
        if strategy:
            say(f"The example strategy of conversation {thread}:")
            show_strategy(strategy)
            return
        say(f"Example brief: {EXAMPLE_BRIEF}")
        thread = await open_thread(orchestrator)
        turn = await take_turn(orchestrator, thread, EXAMPLE_BRIEF, aloud=True)
    show_turn(turn | {"approvals": []})
    if turn.get("strategy"):
        memory.write_text(json.dumps({"thread_id": thread}))


def _remembered(memory: Path) -> str | None:
    try:
        return str(cast("dict[str, str]", json.loads(memory.read_text()))["thread_id"])
    except (OSError, ValueError, KeyError):
        return None


async def _existing(orchestrator: Api, thread: str) -> dict[str, Any] | None:
    try:
        view: dict[str, Any] = await orchestrator.get(f"/v1/threads/{thread}/strategy")
    except Refused:
        return None
    return view["strategy"]


async def _next_steps(settings: Settings) -> None:
    async with api("approvals", "reviewer", settings) as queue:
        page: dict[str, Any] = await queue.get("/v1/actions", {"status": "pending"})
    waiting: list[dict[str, Any]] = page["items"]
    if waiting:
        show_text("\nWaiting for a reviewer:", style="bold")
        show_actions(waiting)
    steps = [
        *((f"promptsales approvals approve {waiting[0]['id']}", "approve the first of them") for _ in waiting[:1]),
        ('promptsales chat "…"', "talk to the strategy copilot"),
        (f'promptsales ask "{_QUESTION}"', "ask about results"),
        ("promptsales status", "see every service"),
    ]
    show_text("\nNext, in another terminal:", style="bold")
    for command, what in steps:
        show_text(f"  {command:<64}  {what}")
    show_text("\nClaude and other MCP clients:", style="bold")
    for server in MCP_SERVERS:
        show_text(f"  {settings.audience(server):<32}  promptsales mcp {server}")
    show_text("  Over HTTP they lead you to sign in; without a browser: promptsales token --role marketer --server ads")


def _signing_in(settings: Settings, made: str) -> None:
    """Where people sign in; the demonstration's passwords, when they were made just now (a JSON object a line)."""
    show_text("\nIn a browser:", style="bold")
    show_text(f"  {settings.issuer}/account  sign in, see what you have connected")
    accounts: list[dict[str, str]] = [json.loads(line) for line in made.splitlines()]
    if not accounts:
        show_text("  A new password: promptsales users reset-password WHO (see promptsales users list)")
        return
    found = table("role", "e-mail", "password")
    for account in accounts:
        add_row(found, account["role"], account["email"], account["password"])
    show(found)
    show_text("  These passwords are shown this once; later: promptsales users reset-password E-MAIL")
