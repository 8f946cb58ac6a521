"""Amounts in the tenant's reporting currency: by the rate of their day, or not at all."""

from datetime import date
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from psycopg import AsyncConnection
from psycopg.rows import DictRow

from hub.pipeline.run import Pipeline
from hub.reporting import ReportingService
from hub.schemas import RateBody, TenantBody
from kernel.database import Database
from tests.integration.hub.oracle import differences
from tests.integration.hub.sources import Sources, rows_of
from tests.support.issuing import Issuer


@pytest.fixture
def reporting(hub_database: Database) -> ReportingService:
    return ReportingService(hub_database)


def rate(day: str, currency: str, value: str, reporting: str = "USD") -> RateBody:
    return RateBody(date=date.fromisoformat(day), currency=currency, reporting_currency=reporting, rate=Decimal(value))


async def fill(sources: Sources) -> None:
    await sources.add("ads.campaigns", {})
    await sources.add(
        "ads.metrics",
        {"date": "2026-10-31", "currency": "EUR"},
        {"date": "2026-11-01", "currency": "EUR"},
        {"date": "2026-11-02", "currency": "USD"},
        {"date": "2026-11-03", "currency": "MXN", "spend": Decimal(0)},
    )
    await sources.add("crm.sales", {"currency": "MXN"}, {"sale_id": "s-2", "currency": "EUR"})


async def spends(admin: AsyncConnection[DictRow], tenant: str, view: str = "facts_v2") -> dict[str, Any]:
    query = f"SELECT date, spend_reporting FROM hub.{view} WHERE tenant = %s AND source = 'ads.metrics' ORDER BY date"
    return {str(row["date"]): row["spend_reporting"] for row in await rows_of(admin, query, tenant)}


async def test_without_a_reporting_currency_nothing_is_reported_but_nothing(
    pipeline: Pipeline, sources: Sources, admin: AsyncConnection[DictRow], tenant: str
) -> None:
    await fill(sources)
    await pipeline.run_now(tenant)

    assert await spends(admin, tenant) == {
        "2026-10-31": None, "2026-11-01": None, "2026-11-02": None, "2026-11-03": Decimal(0),
    }  # fmt: skip
    assert await differences(admin, tenant) == {}


async def test_the_last_rate_on_or_before_a_day_holds(
    pipeline: Pipeline, reporting: ReportingService, sources: Sources, admin: AsyncConnection[DictRow], tenant: str
) -> None:
    await fill(sources)
    await pipeline.run_now(tenant)
    before = await rows_of(admin, "SELECT sum(data_version) FROM hub.freshness_v1 WHERE tenant = %s", tenant)

    await reporting.load_rates(tenant, [rate("2026-10-01", "EUR", "1.1"), rate("2026-11-01", "EUR", "1.25")])
    await reporting.set_tenant(tenant, TenantBody(reporting_currency="USD"))

    after = await rows_of(admin, "SELECT sum(data_version) FROM hub.freshness_v1 WHERE tenant = %s", tenant)
    assert await spends(admin, tenant) == {
        "2026-10-31": Decimal("11.0"), "2026-11-01": Decimal("12.50"), "2026-11-02": Decimal("10.00"),
        "2026-11-03": Decimal(0),
    }  # fmt: skip
    assert await spends(admin, tenant, "daily_totals_v1") == await spends(admin, tenant)
    assert await differences(admin, tenant) == {}
    assert after != before


@pytest.mark.parametrize("first", ["rates", "rows"])
async def test_rollups_follow_rates_and_rows_in_any_order(
    first: str,
    pipeline: Pipeline,
    reporting: ReportingService,
    sources: Sources,
    admin: AsyncConnection[DictRow],
    tenant: str,
) -> None:
    if first == "rows":
        await fill(sources)
        await pipeline.run_now(tenant)
    await reporting.set_tenant(tenant, TenantBody(reporting_currency="EUR"))
    await reporting.load_rates(tenant, [rate("2026-11-02", "USD", "0.9", "EUR"), rate("2026-01-01", "EUR", "9")])
    if first == "rates":
        await fill(sources)
    await sources.add("ads.metrics", {"date": "2026-11-09", "currency": "USD"})
    await pipeline.run_now(tenant)
    assert await differences(admin, tenant) == {}

    await reporting.load_rates(tenant, [rate("2026-11-02", "USD", "0.8", "EUR"), rate("2026-11-01", "MXN", "2", "EUR")])
    await sources.correct("ads.metrics", {"date": "2026-11-09"}, currency="MXN")
    await pipeline.run_now(tenant)

    assert await differences(admin, tenant) == {}
    assert (await spends(admin, tenant))["2026-11-09"] == Decimal("20.00")


async def test_another_reporting_currency_uses_no_rate_of_the_former(
    pipeline: Pipeline, reporting: ReportingService, sources: Sources, admin: AsyncConnection[DictRow], tenant: str
) -> None:
    await fill(sources)
    await pipeline.run_now(tenant)
    await reporting.load_rates(tenant, [rate("2026-01-01", "EUR", "1.1")])
    await reporting.set_tenant(tenant, TenantBody(reporting_currency="USD"))

    await reporting.set_tenant(tenant, TenantBody(reporting_currency="MXN"))

    assert await spends(admin, tenant) == {
        "2026-10-31": None, "2026-11-01": None, "2026-11-02": None, "2026-11-03": Decimal(0),
    }  # fmt: skip
    assert await differences(admin, tenant) == {}


async def test_setting_the_currency_keeps_the_time_zone(reporting: ReportingService, tenant: str) -> None:
    await reporting.set_tenant(tenant, TenantBody(time_zone="America/Bogota"))

    kept = await reporting.set_tenant(tenant, TenantBody(reporting_currency="USD"))

    assert kept == TenantBody(time_zone="America/Bogota", reporting_currency="USD")


async def test_rates_load_from_a_file_once_and_bad_lines_are_named(
    rest: httpx2.AsyncClient, issuer: Issuer, tenant: str
) -> None:
    headers = {**issuer.headers(tenant, "hub:read", "hub:write"), "content-type": "text/csv"}
    header = "date,currency,reporting_currency,rate\n"

    async def send(body: str) -> httpx2.Response:
        return await rest.post("/v1/imports/currency-rates", content=(header + body).encode(), headers=headers)

    refused = await send("2026-11-01,EUR,USD,1.1\n2026-11-02,EUR,USD,0\n2026-11-03,USD,USD,1\n2026-13-01,XXX,USD,1\n")
    empty = await rest.get("/v1/currency-rates", headers=headers)
    first = await send("2026-11-01,EUR,USD,1.1\n")
    second = await send("2026-11-01,EUR,USD,1.10\n2026-11-02,EUR,USD,1.2\n")

    assert refused.status_code == 422
    assert [(fault["line"], fault["column"]) for fault in refused.json()["rejected"]] == [
        (3, "rate"), (4, "reporting_currency"), (5, "date"), (5, "currency"),
    ]  # fmt: skip
    assert empty.json() == {"rates": []}
    assert (first.json()["inserted"], second.json()["inserted"], second.json()["unchanged"]) == (1, 1, 1)
