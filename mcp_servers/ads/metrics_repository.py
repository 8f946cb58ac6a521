"""Daily metrics in PostgreSQL: bulk merge, sums, and the insights cursor."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, LiteralString

from psycopg import sql

from kernel.database import Connection
from mcp_servers.ads.domain import GroupBy, Totals
from mcp_servers.ads.planning import PlaceResult

_STAGED = sql.SQL(
    "COPY staged_metrics (date, campaign_id, campaign_name, client, product, platform, channel, country, region,"
    " audience, currency, spend, impressions, reach, clicks, conversions, line_item) FROM STDIN"
)
_SUMS = sql.SQL(
    """sum(spend) AS spend, sum(impressions)::bigint AS impressions, sum(reach)::bigint AS reach,
    sum(clicks)::bigint AS clicks, sum(conversions)::bigint AS conversions"""
)
_GROUPS: dict[GroupBy, LiteralString] = {
    "platform": "m.platform",
    "channel": "m.channel",
    "country": "m.country",
    "region": "m.region",
    "audience": "m.audience",
    "campaign": "c.name",
    "date": "m.date::text",
}


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One day of one campaign in one region (and of one line item, for campaigns launched here)."""

    date: date
    campaign_id: str
    campaign_name: str
    client: str
    product: str
    platform: str
    channel: str
    country: str
    region: str
    audience: str
    currency: str
    spend: Decimal
    impressions: int
    reach: int
    clicks: int
    conversions: int
    line_item: str = ""


@dataclass(frozen=True, slots=True)
class MergeCounts:
    inserted: int
    updated: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class LiveCursor:
    tenant: str
    campaign_id: str
    platform_id: str
    cursor: str | None


@dataclass(frozen=True, slots=True)
class MetricFilter:
    campaign_id: str | None = None
    client: str | None = None
    product: str | None = None
    countries: tuple[str, ...] = ()
    start: date | None = None
    end: date | None = None


async def merge(connection: Connection, rows: Sequence[MetricRow]) -> MergeCounts:
    """Bring rows in by key (date, campaign, region, line item): new ones, corrected ones; equal ones stay untouched."""
    await connection.execute(
        """
        CREATE TEMPORARY TABLE staged_metrics (date date, campaign_id text, campaign_name text, client text,
            product text, platform text, channel text, country text, region text, audience text, currency text,
            spend numeric(14, 2), impressions bigint, reach bigint, clicks bigint, conversions bigint, line_item text)
        ON COMMIT DROP
        """
    )
    async with connection.cursor() as cursor, cursor.copy(_STAGED) as copy:
        for row in rows:
            await copy.write_row(
                (
                    row.date, row.campaign_id, row.campaign_name, row.client, row.product, row.platform, row.channel,
                    row.country, row.region, row.audience, row.currency, row.spend, row.impressions, row.reach,
                    row.clicks, row.conversions, row.line_item,
                )
            )  # fmt: skip
    counts = await (await connection.execute("SELECT * FROM ads.merge_metrics_v1()")).fetchone()
    assert counts is not None  # noqa: S101 - a function with OUT parameters gives one row
    return MergeCounts(**counts)


async def sums(connection: Connection, filters: MetricFilter, group_by: GroupBy) -> list[tuple[str, str, Totals]]:
    """(group, currency, totals), largest spend first; currencies are never added together."""
    query = sql.SQL(
        "SELECT {group} AS place, m.currency, {sums} FROM ads.metrics m"
        " JOIN ads.campaigns c USING (tenant, campaign_id) WHERE {where}"
        " GROUP BY 1, 2 ORDER BY spend DESC, 1"
    ).format(group=sql.SQL(_GROUPS[group_by]), sums=_SUMS, where=_where(filters))  # fmt: skip
    rows = await (await connection.execute(query, _parameters(filters))).fetchall()
    return [(row["place"], row["currency"], _totals(row)) for row in rows]


async def place_results(connection: Connection, filters: MetricFilter, currency: str) -> list[PlaceResult]:
    """Sums by platform, channel and country, in one currency."""
    query = sql.SQL(
        "SELECT m.platform, m.channel, m.country, {sums} FROM ads.metrics m"
        " JOIN ads.campaigns c USING (tenant, campaign_id) WHERE {where} AND m.currency = %(currency)s"
        " GROUP BY 1, 2, 3"
    ).format(sums=_SUMS, where=_where(filters))  # fmt: skip
    rows = await (await connection.execute(query, {**_parameters(filters), "currency": currency})).fetchall()
    return [PlaceResult(row["platform"], row["channel"], row["country"], _totals(row)) for row in rows]


async def live(connection: Connection) -> list[LiveCursor]:
    """Campaigns of every tenant that may have new metrics on the platform."""
    rows = await (await connection.execute("SELECT * FROM ads.live_campaigns_v1()")).fetchall()
    return [LiveCursor(row["tenant"], row["campaign_id"], row["platform_id"], row["insights_cursor"]) for row in rows]


async def advance(connection: Connection, campaign_id: str, *, seen: str | None, cursor: str, complete: bool) -> bool:
    """Move a campaign's cursor on from the one seen; False when somebody else has. A complete flight ends."""
    result = await connection.execute(
        """
        UPDATE ads.campaigns SET insights_cursor = %s, status = CASE WHEN %s THEN 'ended' ELSE status END
        WHERE campaign_id = %s AND insights_cursor IS NOT DISTINCT FROM %s RETURNING 1
        """,
        (cursor, complete, campaign_id, seen),
    )
    return await result.fetchone() is not None


def _where(filters: MetricFilter) -> sql.Composable:
    clauses: list[LiteralString] = ["true"]
    if filters.campaign_id:
        clauses.append("m.campaign_id = %(campaign_id)s")
    if filters.client:
        clauses.append("lower(c.client) = lower(%(client)s)")
    if filters.product:
        clauses.append("lower(c.product) = lower(%(product)s)")
    if filters.countries:
        clauses.append("m.country = ANY(%(countries)s)")
    if filters.start:
        clauses.append("m.date >= %(start)s")
    if filters.end:
        clauses.append("m.date <= %(end)s")
    return sql.SQL(" AND ").join(map(sql.SQL, clauses))


def _parameters(filters: MetricFilter) -> dict[str, Any]:
    return {
        "campaign_id": filters.campaign_id,
        "client": filters.client,
        "product": filters.product,
        "countries": list(filters.countries),
        "start": filters.start,
        "end": filters.end,
    }


def _totals(row: dict[str, Any]) -> Totals:
    return Totals(row["spend"], row["impressions"], row["reach"], row["clicks"], row["conversions"])
