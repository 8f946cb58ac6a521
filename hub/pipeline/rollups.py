"""Rollups kept exact: whatever changes a fact also says what goes and what comes, and the sums move by that.

`record` runs a statement that changes facts and notes the difference by month and series and by day and group;
`apply` moves the rollups by what was noted. Both belong into the transaction of the change.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, LiteralString

from psycopg import sql

from hub.pipeline.reading import month_of
from hub.pipeline.sources import MEASURES, MONEY, NAMES, Facts, Source
from kernel.database import Connection

_SUMS = ("rows", *MEASURES, *(f"{money}_{what}" for money in MONEY for what in ("reporting", "unrated")))
_MONTHLY_NAMES: tuple[LiteralString, ...] = tuple(name for name in NAMES if name != "line_item")
_NAMES_OF_TOTALS = ("client", "platform", "channel", "country", "currency")
_RATE = """
LEFT JOIN LATERAL (
    SELECT rate FROM hub.rates_in_force AS known
    WHERE known.tenant = %(tenant)s AND known.currency = series.currency AND known.date <= {day}
    ORDER BY known.date DESC LIMIT 1
) AS known ON true
"""


@dataclass(frozen=True, slots=True)
class Rollup:
    """A table of sums, and the table of differences that it moves by."""

    table: LiteralString
    shift: LiteralString
    day: sql.Composable
    """Of a row of the rollup, for the day of a difference."""
    number: LiteralString
    names: tuple[LiteralString, ...]


_OF_MONTH = month_of(sql.SQL("date"))
ROLLUPS = (
    Rollup("monthly_facts", "monthly_shift", sql.SQL("date"), "series_id", _MONTHLY_NAMES),
    Rollup("daily_totals", "daily_shift", sql.SQL("date"), "group_id", _NAMES_OF_TOTALS),
    Rollup("monthly_totals", "daily_shift", _OF_MONTH, "group_id", _NAMES_OF_TOTALS),
)


@dataclass(slots=True)
class Counts:
    """Rows that a change inserted, corrected and removed."""

    inserted: int = 0
    updated: int = 0
    deleted: int = 0

    def add(self, more: Mapping[str, Any]) -> None:
        self.inserted += more["inserted"]
        self.updated += more["updated"]
        self.deleted += more["deleted"]

    def __bool__(self) -> bool:
        return bool(self.inserted or self.updated or self.deleted)


@asynccontextmanager
async def all_at_once(connection: Connection) -> AsyncGenerator[None]:
    """Join by hashes, for statements about most rows of tables that were just filled and have no statistics."""
    await connection.execute("SET LOCAL enable_nestloop = off")
    yield
    await connection.execute("SET LOCAL enable_nestloop = on")


async def prepare(connection: Connection) -> None:
    """Make the two tables that differences are noted in, until the transaction ends."""
    for table in ("monthly_shift", "daily_shift"):
        await connection.execute(
            sql.SQL("CREATE TEMPORARY TABLE IF NOT EXISTS {} (date date, id integer, {}) ON COMMIT DROP").format(
                sql.Identifier(table),
                sql.SQL(", ").join(sql.SQL("{} numeric").format(sql.Identifier(name)) for name in _SUMS),
            )
        )


async def is_rated(connection: Connection) -> bool:
    """Whether the tenant has a reporting currency."""
    cursor = await connection.execute("SELECT EXISTS (SELECT FROM hub.rates_in_force) AS rated")
    row = await cursor.fetchone()
    return bool(row and row["rated"])


async def record(
    connection: Connection, source: Source, change: sql.Composable, values: Mapping[str, Any], *, rated: bool
) -> Mapping[str, Any]:
    """Run an INSERT, UPDATE or DELETE of a source's facts without RETURNING, and note the difference it makes."""
    facts = _facts(source)
    sides = sql.SQL(", ").join(
        column
        for side in ("old", "new")
        for column in (
            sql.SQL("{} AS {}").format(source.day(side), sql.Identifier(f"{side}_day")),
            sql.SQL("{}.series_id AS {}").format(sql.Identifier(side), sql.Identifier(f"{side}_series")),
            *(
                sql.SQL("{} AS {}").format(_of(measure, side), sql.Identifier(f"{side}_{name}"))
                for name, measure in facts.measures.items()
            ),
        )
    )
    statement = sql.SQL(
        """
        WITH changed AS ({change} RETURNING {sides}),
        signed AS ({new} UNION ALL {old}),
        {noting}
        SELECT count(*) FILTER (WHERE old_series IS NULL) AS inserted,
               count(*) FILTER (WHERE old_series IS NOT NULL AND new_series IS NOT NULL) AS updated,
               count(*) FILTER (WHERE new_series IS NULL) AS deleted
        FROM changed
        """
    ).format(
        change=change, sides=sides, new=_side(facts, "new", "+"), old=_side(facts, "old", "-"),
        noting=_noting(facts, rated=rated),
    )  # fmt: skip
    counts = await (await connection.execute(statement, values)).fetchone()
    assert counts is not None  # noqa: S101 - aggregates without GROUP BY give one row
    return counts


async def apply(connection: Connection, source: Source, tenant: str) -> None:
    """Move the rollups by what was noted, and forget it."""
    for rollup in ROLLUPS:
        table, number, shift = (
            sql.Identifier("hub", rollup.table),
            sql.Identifier(rollup.number),
            sql.Identifier(rollup.shift),
        )
        merge = sql.SQL(
            """
            INSERT INTO {table} AS kept (tenant, date, {number}, source, {names}, {sums})
            SELECT %(tenant)s, moved.date, moved.id, series.source, {named}, {moved}
            FROM (SELECT {day} AS date, id, {summed} FROM {shift} GROUP BY 1, 2) AS moved
            JOIN hub.series ON series.tenant = %(tenant)s AND series.series_id = moved.id
            ORDER BY moved.date, moved.id
            ON CONFLICT (tenant, date, {number}) DO UPDATE SET {added}
            """
        ).format(
            table=table,
            shift=shift,
            day=rollup.day,
            number=number,
            names=_list(rollup.names),
            sums=_list(_SUMS),
            named=sql.SQL(", ").join(
                sql.SQL("nullif(series.{}, '')").format(sql.Identifier(name)) for name in rollup.names
            ),
            moved=sql.SQL(", ").join(sql.SQL("moved.{}").format(sql.Identifier(name)) for name in _SUMS),
            summed=sql.SQL(", ").join(sql.SQL("sum({0}) AS {0}").format(sql.Identifier(name)) for name in _SUMS),
            added=sql.SQL(", ").join(
                sql.SQL("{0} = kept.{0} + excluded.{0}").format(sql.Identifier(name)) for name in _SUMS
            ),
        )
        await connection.execute(merge, {"tenant": tenant})
        await connection.execute(
            sql.SQL(
                "DELETE FROM {table} WHERE tenant = %(tenant)s AND source = %(source)s AND rows = 0"
                " AND (date, {number}) IN (SELECT {day}, id FROM {shift})"
            ).format(table=table, number=number, day=rollup.day, shift=shift),
            {"tenant": tenant, "source": source.name},
        )
    await connection.execute("TRUNCATE monthly_shift, daily_shift")


async def rebuild(
    connection: Connection,
    source: Source,
    tenant: str,
    *,
    currencies: Sequence[str] | None = None,
    since: date | None = None,
) -> None:
    """Make a source's rollups anew from its facts: all of them, or those of some currencies from a month on."""
    await prepare(connection)
    await connection.execute("TRUNCATE monthly_shift, daily_shift")
    facts = _facts(source)
    values = {"tenant": tenant, "source": source.name, "currencies": currencies, "since": since}

    def only(alias: str, currency: sql.Composable, day: sql.Composable) -> sql.Composed:
        found = [sql.SQL("{}.tenant = %(tenant)s").format(sql.Identifier(alias))]
        if currencies is not None:
            found.append(sql.SQL("{} = any(%(currencies)s)").format(currency))
        if since is not None:
            found.append(sql.SQL("{} >= %(since)s").format(day))
        return sql.SQL(" AND ").join(found)

    for rollup in ROLLUPS:
        await connection.execute(
            sql.SQL("DELETE FROM {} AS rollup WHERE source = %(source)s AND {}").format(
                sql.Identifier("hub", rollup.table),
                only("rollup", sql.SQL("currency"), sql.SQL("date")),
            ),
            values,
        )
    rated = await is_rated(connection)
    for shift, number, day in (
        ("monthly_shift", "series_id", month_of(source.day("fact"))),
        ("daily_shift", "group_id", source.day("fact")),
    ):
        statement = sql.SQL(
            """
            INSERT INTO {shift} SELECT date, id, {sums} FROM (
                SELECT {day} AS date, {number} AS id, 1 AS rows, {measures}, {rate} AS rate
                FROM {table} AS fact JOIN hub.series ON series.tenant = %(tenant)s AND series.series_id = fact.series_id
                {join} WHERE {only}
            ) AS held GROUP BY date, id
            """
        ).format(
            shift=sql.Identifier(shift),
            number=sql.Identifier("series", number),
            day=day,
            sums=_sums(facts),
            measures=sql.SQL(", ").join(
                sql.SQL("{} AS {}").format(_of(measure, "fact"), sql.Identifier(name))
                for name, measure in facts.measures.items()
            ),
            rate=sql.SQL("known.rate" if rated else "NULL::numeric"),
            table=sql.Identifier("hub", source.table),
            join=_rate_on(source.day("fact")) if rated else sql.SQL(""),
            only=only("fact", sql.SQL("series.currency"), source.day("fact")),
        )
        async with all_at_once(connection):
            await connection.execute(statement, values)
    async with all_at_once(connection):
        await apply(connection, source, tenant)


def _facts(source: Source) -> Facts:
    if source.facts is None:
        raise ValueError(f"{source.name} has no facts")
    return source.facts


def _side(facts: Facts, side: str, sign: LiteralString) -> sql.Composed:
    """The rows as they are now, counted in, or as they were, counted out."""
    return sql.SQL("SELECT {}, {}, {}1 AS rows, {} FROM changed WHERE {} IS NOT NULL").format(
        sql.SQL("{} AS date").format(sql.Identifier(f"{side}_day")),
        sql.SQL("{} AS series_id").format(sql.Identifier(f"{side}_series")),
        sql.SQL(sign),
        sql.SQL(", ").join(
            sql.SQL("{}{} AS {}").format(sql.SQL(sign), sql.Identifier(f"{side}_{name}"), sql.Identifier(name))
            for name in facts.measures
        ),
        sql.Identifier(f"{side}_series"),
    )


def _noting(facts: Facts, *, rated: bool) -> sql.Composed:
    """Common table expressions that add up `signed` and put it into the tables of differences."""
    return sql.SQL(
        """
        rated AS (
            SELECT signed.*, series.group_id, {rate} AS rate
            FROM signed JOIN hub.series ON series.tenant = %(tenant)s AND series.series_id = signed.series_id {join}
        ),
        by_month AS (INSERT INTO monthly_shift SELECT {month}, series_id, {sums} FROM rated GROUP BY 1, 2),
        by_day AS (INSERT INTO daily_shift SELECT date, group_id, {sums} FROM rated GROUP BY 1, 2)
        """
    ).format(
        rate=sql.SQL("known.rate" if rated else "NULL::numeric"),
        join=_rate_on(sql.SQL("signed.date")) if rated else sql.SQL(""),
        month=_OF_MONTH,
        sums=_sums(facts),
    )


def _sums(facts: Facts) -> sql.Composed:
    """What rows with `rows`, the source's measures and `rate` add up to, in the order of `_SUMS`."""
    sums = [sql.SQL("sum(rows)")]
    sums += [sql.SQL("sum({})" if name in facts.measures else "0").format(sql.Identifier(name)) for name in MEASURES]
    for money in MONEY:
        if money in facts.measures:
            amount = sql.Identifier(money)
            sums.append(sql.SQL("coalesce(sum({} * rate), 0)").format(amount))
            sums.append(sql.SQL("coalesce(sum(rows) FILTER (WHERE {} <> 0 AND rate IS NULL), 0)").format(amount))
        else:
            sums += [sql.SQL("0"), sql.SQL("0")]
    return sql.SQL(", ").join(sums)


def _rate_on(day: sql.Composable) -> sql.Composed:
    """Join the rate that holds for the series' currency on a day."""
    return sql.SQL(_RATE).format(day=day)


def _of(expression: LiteralString, alias: str) -> sql.Composed:
    return sql.SQL(expression).format(sql.Identifier(alias))


def _list(names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))
