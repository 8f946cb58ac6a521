"""Strategies in the hub: every version that conversations led to, and none that was deleted."""

from datetime import date
from decimal import Decimal
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from hub.pipeline.run import Pipeline
from hub.service import StrategyService
from kernel.database import Database
from kernel.ids import new_id
from tests.integration.hub.sources import rows_of

BODY: dict[str, Any] = {
    "client": "Cafe Alta",
    "products": ["Cold Brew", "Geisha Roast"],
    "countries": [{"code": "MX", "name": "Mexico"}, {"code": "CR", "name": "Costa Rica"}],
    "objective": "Sell more cold brew",
    "goal": {"metric": "sales", "value": "300"},
    "budget": {"amount": "9000.50", "currency": "USD"},
    "period": {"start": "2026-12-01", "end": "2026-12-20"},
    "language": "es",
}


async def plan(connection: AsyncConnection[DictRow], tenant: str, version: int, **changed: Any) -> None:
    """Store a version as the orchestrator would."""
    await connection.execute(
        "INSERT INTO orchestrator.threads (tenant, thread_id, subject) VALUES (%s, 'thread-1', 'user:m')"
        " ON CONFLICT DO NOTHING",
        [tenant],
    )
    await connection.execute(
        "INSERT INTO orchestrator.strategies (tenant, thread_id, version, turn_id, subject, body, brief, reports)"
        " VALUES (%s, 'thread-1', %s, %s, 'user:m', %s, '{}', '{}')",
        [tenant, version, f"turn-{version}", Jsonb({**BODY, **changed})],
    )


async def planned(connection: AsyncConnection[DictRow], tenant: str) -> list[tuple[Any, ...]]:
    rows = await rows_of(
        connection,
        "SELECT version, client, products, countries, goal_metric, goal_value, budget, currency, start_date, end_date"
        " FROM hub.strategies WHERE tenant = %s ORDER BY version",
        tenant,
    )
    return [tuple(row.values()) for row in rows]


async def test_each_version_of_a_strategy_comes_to_the_hub_once(
    pipeline: Pipeline, admin: AsyncConnection[DictRow], tenant: str
) -> None:
    await plan(admin, tenant, 1)
    await pipeline.run_now(tenant)
    await plan(admin, tenant, 2, budget={"amount": "8000.00", "currency": "EUR"})
    second = await pipeline.run_now(tenant)
    third = await pipeline.run_now(tenant)

    same = ("Cafe Alta", ["Cold Brew", "Geisha Roast"], ["Mexico", "Costa Rica"], "sales", Decimal(300))
    days = (date(2026, 12, 1), date(2026, 12, 20))
    assert await planned(admin, tenant) == [
        (1, *same, Decimal("9000.50"), "USD", *days),
        (2, *same, Decimal("8000.00"), "EUR", *days),
    ]
    assert (second.rows_read, third.rows_read) == (1, 0)


async def test_a_strategy_goes_with_its_conversation(
    pipeline: Pipeline, admin: AsyncConnection[DictRow], tenant: str
) -> None:
    await plan(admin, tenant, 1)
    await pipeline.run_now(tenant)
    await admin.execute("DELETE FROM orchestrator.threads WHERE tenant = %s", [tenant])
    await pipeline.run_now(tenant)

    assert await planned(admin, tenant) == []


async def test_the_newest_version_of_each_strategy_is_listed(
    pipeline: Pipeline, admin: AsyncConnection[DictRow], hub_database: Database, tenant: str
) -> None:
    await plan(admin, tenant, 1)
    await plan(admin, tenant, 2, budget={"amount": "8000.00", "currency": "EUR"})
    await pipeline.run_now(tenant)
    service = StrategyService(hub_database)

    (newest,) = await service.strategies(tenant, client="Cafe Alta", limit=10)
    assert (newest.version, newest.budget, newest.countries) == (2, Decimal(8000), ["Mexico", "Costa Rica"])
    assert await service.strategies(tenant, client="Acme", limit=10) == []
    assert await service.strategies(new_id("tenant"), client=None, limit=10) == []
