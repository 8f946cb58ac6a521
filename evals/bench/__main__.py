"""`make bench`: start a system, measure it, print each figure beside its baseline, stop it.

`python -m evals.bench gate` measures the approval queue alone, on a database of its own; `analytics` the hub of a large
agency; `system` the rest. Without a name, all are measured.
"""

import argparse
import asyncio
import statistics
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, get_args

import httpx2

from evals.bench import analytics, gate
from evals.bench.baselines import SERVICE, Verification, echo_server, select_one, trivial_server
from evals.bench.journeys import brief_to_strategy, median, propose_to_executed
from evals.bench.load import Measured, closed_loop
from evals.mcp_wire import tool_call
from evals.system import running_system
from kernel.auth import TokenClient
from kernel.database import Database
from kernel.settings import Service, Settings
from kernel.tls import service_http

CONNECTIONS = 16
SECONDS = 5
ROUNDS = 10
PACE = {
    "PROMPTSALES_SANDBOX_SECONDS_PER_DAY": "60",
    "PROMPTSALES_EXECUTOR_LEASE_SECONDS": "30",
    "PROMPTSALES_APPROVAL_UNDO_SECONDS": "0",  # what is measured is the work, not the time to think again
}
CALLS: dict[Service, tuple[str, dict[str, Any]]] = {
    "content": ("list_assets", {"limit": 5}),
    "ads": ("list_campaigns", {"limit": 5}),
    "crm": ("list_leads", {"limit": 5}),
    "analytics": ("query_metrics", {"metrics": ["spend"], "dimensions": ["platform"]}),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m evals.bench", description=__doc__)
    parser.add_argument("part", nargs="?", choices=["system", "gate", "analytics"], help="measure only this")
    parser.add_argument("--days", type=int, default=365, help="of facts, 15,000 a day; questions reach back 180")
    asked = parser.parse_args()
    if asked.part in {None, "system"}:
        _measure_system()
        print()
    if asked.part in {None, "gate"}:
        gate.main()
        print()
    if asked.part in {None, "analytics"}:
        analytics.main(asked.days)


def _measure_system() -> None:
    with running_system(pace=PACE) as (settings, started), trivial_server(settings.port("sandbox") + 5) as trivial:
        print(f"First start, seeded, until it serves: {started:.1f} s\n")
        asyncio.run(_measure(settings, trivial))


async def _measure(settings: Settings, trivial: str) -> None:
    limits = httpx2.Limits(max_connections=CONNECTIONS)
    async with (
        service_http(settings, timeout=30, limits=limits) as http,
        Database.open(settings.admin_database_url(), max_size=CONNECTIONS) as database,
    ):
        baseline = await _load("trivial MCPServer tool", tool_call(http, trivial, None, "echo", {"text": "hi"}))
        select = await _load("bare SELECT", select_one(database))
        servers = [await _server(settings, http, service) for service in CALLS]
        _print_table([baseline, select, *servers], baseline)
        await _verification(settings, http)
        strategies = await brief_to_strategy(settings, http)
        _say("brief → strategy (playbook)", strategies, select)
        actions = await propose_to_executed(settings, http, 20)
        _say("propose → approve → executed", actions, select)


async def _server(settings: Settings, http: httpx2.AsyncClient, service: Service) -> Measured:
    tool, arguments = CALLS[service]
    async with TokenClient(settings, "cli") as tokens:
        token = await tokens.assertion("marketer", service)
    call = tool_call(http, settings.audience(service), token, tool, arguments)
    return await _load(f"{service} {tool}", call)


async def _verification(settings: Settings, http: httpx2.AsyncClient) -> None:
    """What verifying costs a request: the same tool in the same app, unverified and verified in turns."""
    async with TokenClient(settings, "cli") as tokens:
        token = await tokens.assertion("marketer", SERVICE)
    with ExitStack() as stack:
        calls = [
            tool_call(
                http,
                stack.enter_context(echo_server(settings, settings.port("sandbox") + 6 + number, verification)),
                token,
                "echo",
                {"text": "hi"},
            )
            for number, verification in enumerate(get_args(Verification))
        ]
        # Short turns, so that whatever else the machine does meets all of them alike.
        rounds = [
            [await closed_loop("", call, connections=CONNECTIONS, seconds=1) for call in calls] for _ in range(ROUNDS)
        ]
    cached, cold = (statistics.median(ratios) for ratios in zip(*map(_ratios, rounds), strict=True))
    unverified = statistics.median(measured[0].percentile(50) for measured in rounds)
    print(
        f"\nVerified request, × the same server without verification (p50 {unverified:.1f} ms, median of {ROUNDS} "
        f"rounds): {cached:.2f} with a known token, {cold:.2f} with one never seen before\n"
    )


def _ratios(measured: Sequence[Measured]) -> list[float]:
    """Of a round's p50s, to the first's."""
    return [other.percentile(50) / measured[0].percentile(50) for other in measured[1:]]


async def _load(name: str, call: Any) -> Measured:
    return await closed_loop(name, call, connections=CONNECTIONS, seconds=SECONDS)


def _print_table(rows: Sequence[Measured], baseline: Measured) -> None:
    print(f"{CONNECTIONS} connections, {SECONDS} s each, load generator on the same machine")
    print(f"{'':<28}{'requests/s':>12}{'p50 ms':>10}{'p95 ms':>10}{'× trivial p50':>16}")
    for row in rows:
        ratio = row.percentile(50) / baseline.percentile(50)
        print(
            f"{row.name:<28}{row.per_second:>12.0f}{row.percentile(50):>10.1f}{row.percentile(95):>10.1f}{ratio:>16.2f}"
        )


def _say(name: str, seconds: list[float], select: Measured) -> None:
    low, high = min(seconds) * 1000, max(seconds) * 1000
    times = median(seconds) / select.percentile(50)
    print(
        f"{name:<32} median of {len(seconds)}: {median(seconds):.0f} ms ({low:.0f} to {high:.0f}), "
        f"{times:.0f} × a bare SELECT's p50"
    )


if __name__ == "__main__":
    main()
