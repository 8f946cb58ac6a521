"""Use cases about the tenant as a whole: its time zone, and the one currency that amounts are also reported in.

A rate or a reporting currency that changes is reckoned into every rollup it concerns, in the same transaction, while no
pipeline run of the tenant is writing.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from psycopg import sql

from hub.pipeline import rollups, watermarks
from hub.pipeline.sources import MONEY, SOURCES
from hub.schemas import RateBody, RateList, RatesLoaded, TenantBody
from kernel.database import Connection, Database

_IN_FORCE = """
    SELECT %(tenant)s::text AS tenant, currency, date, rate FROM hub.currency_rates
    WHERE tenant = %(tenant)s AND reporting_currency = (SELECT reporting_currency FROM hub.tenants)
    UNION ALL
    SELECT tenant, reporting_currency, '0001-01-01', 1 FROM hub.tenants WHERE reporting_currency IS NOT NULL
"""


class ReportingService:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def tenant(self, tenant: str) -> TenantBody:
        """What holds for a tenant as a whole; the defaults until it is set."""
        async with self._database.transaction(tenant) as connection:
            return await self._tenant(connection)

    async def set_tenant(self, tenant: str, body: TenantBody) -> TenantBody:
        """Set what holds for a tenant as a whole; what the body leaves out stays as it is."""
        values = {"tenant": tenant, **body.model_dump(include=body.model_fields_set)}
        columns = [name for name in values if name != "tenant"]
        async with self._database.transaction(tenant) as connection:
            await watermarks.lock(connection, tenant)
            assigned = [sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in columns]
            await connection.execute(
                sql.SQL("INSERT INTO hub.tenants ({}) VALUES ({}) ON CONFLICT (tenant) DO {}").format(
                    sql.SQL(", ").join(map(sql.Identifier, values)),
                    sql.SQL(", ").join(map(sql.Placeholder, values)),
                    sql.SQL("UPDATE SET {}").format(sql.SQL(", ").join(assigned)) if assigned else sql.SQL("NOTHING"),
                ),
                values,
            )
            await _put_in_force(connection, tenant)
            return await self._tenant(connection)

    async def rates(self, tenant: str) -> RateList:
        """Every rate that was loaded, the newest first."""
        async with self._database.transaction(tenant) as connection:
            cursor = await connection.execute(
                "SELECT date, currency, reporting_currency, rate FROM hub.currency_rates"
                " ORDER BY date DESC, reporting_currency, currency"
            )
            return RateList(rates=[RateBody.model_validate(row) for row in await cursor.fetchall()])

    async def load_rates(self, tenant: str, rates: Sequence[RateBody]) -> RatesLoaded:
        """Add rates, or replace those of the same day and currencies."""
        async with self._database.transaction(tenant) as connection:
            await watermarks.lock(connection, tenant)
            await connection.execute("CREATE TEMPORARY TABLE brought (LIKE hub.currency_rates) ON COMMIT DROP")
            async with (
                connection.cursor() as cursor,
                cursor.copy("COPY brought (tenant, reporting_currency, currency, date, rate) FROM STDIN") as copy,
            ):
                for rate in rates:
                    await copy.write_row((tenant, rate.reporting_currency, rate.currency, rate.date, rate.rate))
            merged = await connection.execute(
                """
                WITH merged AS (
                    INSERT INTO hub.currency_rates AS kept SELECT DISTINCT ON (reporting_currency, currency, date) *
                    FROM brought ORDER BY reporting_currency, currency, date
                    ON CONFLICT (tenant, reporting_currency, currency, date) DO UPDATE SET rate = excluded.rate
                    WHERE kept.rate <> excluded.rate RETURNING (old.tenant IS NULL) AS fresh
                )
                SELECT count(*) FILTER (WHERE fresh) AS inserted, count(*) FILTER (WHERE NOT fresh) AS updated
                FROM merged
                """
            )
            counts: Any = await merged.fetchone()
            await _put_in_force(connection, tenant)
        return RatesLoaded(**counts, unchanged=len(rates) - counts["inserted"] - counts["updated"])

    async def _tenant(self, connection: Connection) -> TenantBody:
        row = await (await connection.execute("SELECT time_zone, reporting_currency FROM hub.tenants")).fetchone()
        return TenantBody(**row) if row else TenantBody()


async def _put_in_force(connection: Connection, tenant: str) -> None:
    """Let the rates into the present reporting currency hold, and rollups follow where they are other ones."""
    values = {"tenant": tenant}
    changed = await connection.execute(
        f"""
        WITH before AS (DELETE FROM hub.rates_in_force WHERE tenant = %(tenant)s RETURNING *), after AS ({_IN_FORCE})
        SELECT currency, min(date) AS since FROM (
            (TABLE before EXCEPT TABLE after) UNION ALL (TABLE after EXCEPT TABLE before)
        ) AS other GROUP BY currency
        """.encode(),  # noqa: S608 - the query above
        values,
    )
    since: dict[str, date] = {row["currency"]: row["since"] for row in await changed.fetchall()}
    await connection.execute(f"INSERT INTO hub.rates_in_force {_IN_FORCE}".encode(), values)
    if not since:
        return
    for source in SOURCES:
        if source.facts and any(money in source.facts.measures for money in MONEY):
            await rollups.rebuild(
                connection, source, tenant, currencies=list(since), since=min(since.values()).replace(day=1)
            )
    await connection.execute("UPDATE hub.watermarks SET data_version = data_version + 1 WHERE rows_total > 0")
