"""What facts have in common: every combination of names is a series, kept once and found by what rows say.

One run at a time works for a tenant (`watermarks.lock`), so no two make the same series.
"""

from typing import Any

from psycopg import sql

from hub.pipeline.sources import NAMES, Source
from kernel.database import Connection

FRESH = "fresh_series"


def described(source: Source, relation: sql.Composable) -> sql.Composed:
    """SELECT the rows of a relation with the `names` each says; what it does not say, its campaign does."""
    facts = source.facts
    if facts is None:
        raise ValueError(f"{source.name} has no facts")
    row = sql.Identifier("brought")
    said = sql.SQL(", ").join(sql.SQL(facts.names[name]).format(row) for name in NAMES)
    campaign = sql.SQL(
        " LEFT JOIN hub.campaigns AS campaign"
        " ON campaign.tenant = %(tenant)s AND campaign.campaign_id = brought.campaign_id"
    )
    return sql.SQL("SELECT brought.*, ARRAY[%(source)s::text, {}] AS names FROM {} AS brought{}").format(
        said, relation, sql.SQL("") if facts.placed else campaign
    )


def same(described_alias: str) -> sql.Composed:
    """The condition that `series` is what a described row says."""
    return sql.SQL("series.tenant = %(tenant)s AND series.names = {}").format(sql.Identifier(described_alias, "names"))


async def prepare(connection: Connection) -> None:
    """Make the table that shows which series are new, until the transaction ends."""
    await connection.execute(
        sql.SQL("CREATE TEMPORARY TABLE IF NOT EXISTS {} ({}) ON COMMIT DROP").format(
            sql.Identifier(FRESH), sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(name)) for name in NAMES)
        )
    )


async def add_missing(connection: Connection, source: Source, relation: sql.Composable, values: dict[str, Any]) -> bool:
    """Make the series that rows of a relation belong to and that are not there yet: whether there are any."""
    names = sql.SQL(", ").join(map(sql.Identifier, NAMES))
    await connection.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier(FRESH)))
    found = await connection.execute(
        sql.SQL(
            """
            INSERT INTO {fresh} ({names})
            SELECT {said}
            FROM (
                SELECT row.names FROM (SELECT DISTINCT names FROM ({described}) AS every) AS row
                LEFT JOIN hub.series ON {same} WHERE series.series_id IS NULL
            ) AS missing
            """
        ).format(
            fresh=sql.Identifier(FRESH),
            names=names,
            said=sql.SQL(", ").join(sql.SQL("missing.names[{}]").format(n) for n in range(2, len(NAMES) + 2)),
            described=described(source, relation),
            same=same("row"),
        ),
        values,
    )
    if not found.rowcount:
        return False
    await connection.execute(
        sql.SQL(
            """
            WITH numbered AS (SELECT nextval('hub.series_id')::integer AS id, {fresh}.* FROM {fresh}),
            placed AS (
                SELECT campaign_id, region, line_item, min(placement_id) AS placement_id FROM hub.series
                WHERE tenant = %(tenant)s AND source = %(source)s GROUP BY campaign_id, region, line_item
            ),
            grouped AS (
                SELECT client, platform, channel, country, currency, min(group_id) AS group_id FROM hub.series
                WHERE tenant = %(tenant)s AND source = %(source)s GROUP BY client, platform, channel, country, currency
            )
            INSERT INTO hub.series (tenant, source, series_id, placement_id, group_id, {names})
            SELECT %(tenant)s, %(source)s, id,
                   coalesce(placement_id, min(id) OVER (PARTITION BY campaign_id, region, line_item)),
                   coalesce(group_id, min(id) OVER (PARTITION BY client, platform, channel, country, currency)), {names}
            FROM numbered
            LEFT JOIN placed USING (campaign_id, region, line_item)
            LEFT JOIN grouped USING (client, platform, channel, country, currency)
            """
        ).format(fresh=sql.Identifier(FRESH), names=names),
        values,
    )
    return True
