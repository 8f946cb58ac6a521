"""Compare the hub with a source: rows and sums by month, in the snapshot the change was read in.

A month with rows in flux, which a later run will bring or remove, is pending: neither right nor wrong yet.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from psycopg import sql

from hub.pipeline.passing import Stage, declared
from hub.pipeline.reading import Change, month_of, monthly_sums
from hub.pipeline.sources import Source
from hub.schemas import Difference, Reconciliation
from kernel.database import Connection

_ROLLUPS = ("monthly_facts", "monthly_totals")
_ALL = 1_000_000_000  # rows in one part

Sums = Mapping[date, Mapping[str, Any]]


async def compare(
    connection: Connection, source: Source, tenant: str, change: Change, months: Sequence[date] | None
) -> Reconciliation:
    """Compare some months, or all of them (None)."""
    pending = await _pending(connection, source, tenant, change)
    there = _by_month(await change.sums(months))
    here = await _sums_here(connection, source, tenant, months)
    rolled_up = [await _sums_rolled_up(connection, table, source, tenant, months) for table in _ROLLUPS if source.facts]
    compared = {*there, *here}.union(*rolled_up) - pending
    return Reconciliation(
        months=len(compared),
        pending=[f"{month:%Y-%m}" for month in sorted(pending)],
        differences=[
            difference
            for month in sorted(compared)
            for difference in _differences(source, month, there, here, rolled_up)
        ],
    )


def _differences(source: Source, month: date, there: Sums, here: Sums, rolled_up: Sequence[Sums]) -> list[Difference]:
    found: list[Difference] = []
    for measure in ("rows", *source.measures):
        theirs, ours = (Decimal(sums.get(month, {}).get(measure) or 0) for sums in (there, here))
        rollups = [Decimal(sums.get(month, {}).get(measure) or 0) for sums in rolled_up]
        rollup = next((sum_ for sum_ in rollups if sum_ != ours), ours) if rollups else None
        if theirs != ours or rollup not in (None, ours):
            found.append(Difference(month=f"{month:%Y-%m}", measure=measure, source=theirs, hub=ours, rollup=rollup))
    return found


async def _sums_here(connection: Connection, source: Source, tenant: str, months: Sequence[date] | None) -> Sums:
    relation = sql.SQL("(SELECT * FROM {} WHERE tenant = {}) AS kept").format(
        sql.Identifier("hub", source.table), sql.Literal(tenant)
    )
    return _by_month(await (await connection.execute(monthly_sums(source, relation, months))).fetchall())


async def _sums_rolled_up(
    connection: Connection, table: str, source: Source, tenant: str, months: Sequence[date] | None
) -> Sums:
    sums = sql.SQL(", ").join(
        sql.SQL("sum({0}) AS {0}").format(sql.Identifier(name)) for name in ("rows", *source.measures)
    )
    found = await connection.execute(
        sql.SQL(
            "SELECT date AS month, {} FROM {} WHERE tenant = %(tenant)s AND source = %(source)s"
            " AND (%(months)s::date[] IS NULL OR date = any(%(months)s)) GROUP BY date"
        ).format(sums, sql.Identifier("hub", table)),
        {"tenant": tenant, "source": source.name, "months": None if months is None else list(months)},
    )
    return _by_month(await found.fetchall())


async def _pending(connection: Connection, source: Source, tenant: str, change: Change) -> set[date]:
    """Months that rows in flux belong to: where they are in the source, and where the hub has them."""
    found_any = False

    async def ready() -> None:
        nonlocal found_any
        if not found_any:
            columns = declared({**change.key, source.moment: source.columns[source.moment]})
            await connection.execute(sql.SQL("CREATE TEMPORARY TABLE in_flux ({}) ON COMMIT DROP").format(columns))
        found_any = True

    await change.in_flux(Stage(connection, "in_flux", _ALL, ready))
    if not found_any:
        return set()
    if source.facts and source.facts.placed:
        held = sql.SQL(
            "hub.fact_metrics AS kept JOIN hub.series"
            " ON series.tenant = kept.tenant AND series.series_id = kept.series_id JOIN in_flux"
            " ON (series.campaign_id, kept.date, series.region, series.line_item)"
            " = (in_flux.campaign_id, in_flux.date, in_flux.region, in_flux.line_item)"
        )
    else:
        held = sql.SQL("{} AS kept JOIN in_flux USING ({})").format(
            sql.Identifier("hub", source.table), sql.SQL(", ").join(map(sql.Identifier, source.key))
        )
    found = await connection.execute(
        sql.SQL(
            "SELECT {theirs} AS month FROM in_flux WHERE {moment} IS NOT NULL"
            " UNION SELECT {ours} FROM {held} WHERE kept.tenant = %(tenant)s"
        ).format(
            theirs=month_of(source.day()),
            moment=sql.Identifier(source.moment),
            ours=month_of(source.day("kept")),
            held=held,
        ),
        {"tenant": tenant},
    )
    return {row["month"] for row in await found.fetchall()}


def _by_month(rows: Sequence[Mapping[str, Any]]) -> Sums:
    return {row["month"]: row for row in rows}
