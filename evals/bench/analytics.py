"""`python -m evals.bench analytics`: the hub of a large agency: how fast it fills, and how fast it answers.

20 common questions over 5 million daily facts: `query_metrics` computed and cached, `ask`, and the same figures by SQL
that is written by hand: in the database alone, and as a tool that does nothing but run it.
"""

import asyncio
import base64
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, cast

import httpx2
import redis.asyncio as redis

from evals.bench.agency import Agency, write_agency
from evals.bench.baselines import sql_server
from evals.bench.load import Measured
from evals.bench.questions import Common, common_questions
from evals.mcp_wire import tool_call_json
from evals.system import running_system
from kernel.auth import TokenClient
from kernel.database import Database
from kernel.settings import Settings
from kernel.tls import service_http

ROUNDS = 7
AS_OF = "2026-11-30"
_ANSWERS = "promptsales:analytics:answers:*"
_HOUR = 3_600.0
_KINDS = ("sql", "sql tool", "computed", "cached", "ask, cached")


class Disagree(Exception):
    """A tool and the SQL beside it do not give the same figures."""


class NotBrought(Exception):
    """The pipeline did not bring everything."""


def main(days: int) -> None:
    # The schedule waits, so that the run that is measured is the one that brings everything.
    with running_system(seed=False, pace={"PROMPTSALES_PIPELINE_SECONDS": "86400"}) as (settings, _):
        asyncio.run(_measure(settings, days))


async def _measure(settings: Settings, days: int) -> None:
    async with (
        TokenClient(settings, "cli") as tokens,
        service_http(settings, timeout=_HOUR) as http,
        Database.open(settings.admin_database_url(), max_size=2) as admin,
        Database.open(settings.role_database_url("promptsales_analytics"), max_size=2) as reading,
    ):
        token = await tokens.assertion("marketer", "analytics")
        tenant = _tenant(token)
        agency = Agency(tenant, days=days)
        async with admin.system() as connection:
            await write_agency(connection, agency)
        await _fill(settings, http, tokens, agency)
        token = await tokens.assertion("marketer", "analytics")  # the load took longer than the first one lives
        cache = cast("Any", redis.Redis).from_url(settings.cache_url())
        with sql_server(settings, settings.port("sandbox") + 6) as sql_tool:
            try:
                await _Questions(settings, http, token, cache, reading, tenant, sql_tool).measure()
            finally:
                await cache.aclose()


def _tenant(token: str) -> str:
    """The tenant a token speaks for; whoever takes it verifies it."""
    payload = token.split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["tenant"])


async def _fill(settings: Settings, http: httpx2.AsyncClient, tokens: TokenClient, agency: Agency) -> None:
    headers = {"Authorization": f"Bearer {await tokens.assertion('marketer', 'hub')}"}
    for name in ("the first load", "the same again"):
        began = time.perf_counter()
        response = await http.post(f"{settings.url('hub')}/v1/pipeline/runs", headers=headers)
        run = response.raise_for_status().json()
        seconds = time.perf_counter() - began
        if failed := [source for source in run["sources"] if source["status"] not in {"ok", "unavailable"}]:
            raise NotBrought(str(failed))
        print(
            f"Pipeline, {name}: {run['rows_read']:,} rows in {seconds:.1f} s ({run['rows_read'] / seconds:,.0f} rows/s)"
        )
    print(f"{agency.fact_rows:,} facts of {agency.days} days\n", flush=True)


class _Questions:
    def __init__(
        self,
        settings: Settings,
        http: httpx2.AsyncClient,
        token: str,
        cache: Any,
        reading: Database,
        tenant: str,
        sql_tool: str,
    ) -> None:
        self._url, self._sql_tool = settings.audience("analytics"), sql_tool
        self._http, self._token, self._cache, self._reading, self._tenant = http, token, cache, reading, tenant

    async def measure(self) -> None:
        """Ask everything in turns, so that whatever else the machine does meets all of them alike."""
        times: dict[str, list[float]] = {name: [] for name in _KINDS}
        table: list[tuple[str, dict[str, float]]] = []
        for number, common in enumerate(common_questions()):
            await self._agree(common)
            found = await self._rounds(number, common)
            table.append((common.question, {name: sorted(taken)[len(taken) // 2] for name, taken in found.items()}))
            for name, taken in found.items():
                times[name] += taken
        _print(times, table)

    async def _rounds(self, number: int, common: Common) -> dict[str, list[float]]:
        asked = {"question": common.question, "as_of": AS_OF}
        found: dict[str, list[float]] = {name: [] for name in _KINDS}
        for _ in range(ROUNDS):
            await self._forget()
            found["sql"].append(await _timed(lambda: self._sql(common.sql)))
            found["sql tool"].append(await _timed(lambda: self._run_sql(number)))
            found["computed"].append(await _timed(lambda: self._call("query_metrics", common.query)))
            found["cached"].append(await _timed(lambda: self._call("query_metrics", common.query)))
            await self._call("ask", asked)
            found["ask, cached"].append(await _timed(lambda: self._call("ask", asked)))
        return found

    async def _agree(self, common: Common) -> None:
        """The tool, the question and the SQL give the same figures. Raises Disagree."""
        by_hand = await self._sql(common.sql)
        metric = common.metric
        sums = [sum(float(row[metric] or 0) for row in by_hand)]
        asked = {"question": common.question, "as_of": AS_OF}
        for tool, arguments in (("query_metrics", common.query), ("ask", asked)):
            answer = await self._call(tool, arguments)
            sums.append(sum(float(row[metric] or 0) for row in answer["rows"]))
            if len(answer["rows"]) != len(by_hand):
                raise Disagree(f"{common.question}: {tool} gives {len(answer['rows'])} rows, SQL {len(by_hand)}.")
        if max(sums) - min(sums) > max(1e-4, 1e-7 * max(sums)):
            raise Disagree(f"{common.question}: {sums}")

    async def _call(self, tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        return await tool_call_json(self._http, self._url, self._token, tool, dict(arguments))

    async def _run_sql(self, number: int) -> dict[str, Any]:
        return await tool_call_json(self._http, self._sql_tool, self._token, "run_sql", {"number": number})

    async def _sql(self, statement: str) -> Sequence[Mapping[str, Any]]:
        async with self._reading.transaction(self._tenant) as connection:
            return await (await connection.execute(statement.encode())).fetchall()

    async def _forget(self) -> None:
        names = [name async for name in self._cache.scan_iter(_ANSWERS)]
        if names:
            await self._cache.delete(*names)


async def _timed(call: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await call()
    return time.perf_counter() - began


def _print(times: Mapping[str, list[float]], table: Sequence[tuple[str, Mapping[str, float]]]) -> None:
    print(f"{'median of ' + str(ROUNDS) + ', ms':<60}" + "".join(f"{name:>14}" for name in times))
    for question, medians in table:
        print(f"{question:<60}" + "".join(f"{medians[name] * 1000:>14.1f}" for name in times))
    kinds = [Measured(name, len(taken), sum(taken), list(taken)) for name, taken in times.items()]
    for percent in (50, 95):
        print(f"{'all, p' + str(percent):<60}" + "".join(f"{kind.percentile(percent):>14.1f}" for kind in kinds))
    sql, tool, computed, cached, asked = (sum(times[name]) for name in times)
    print(f"\nquery_metrics computed, × a tool that runs the SQL by hand: {computed / tool:.2f} (sums of all rounds)")
    print(f"query_metrics computed, × the SQL by hand in the database alone: {computed / sql:.2f}")
    print(f"ask adds to a cached query_metrics: {(asked - cached) / len(times['cached']) * 1000:.1f} ms")
