"""Tables without facts, and what follows from a campaign: where it ran, and what leads and sales take from it."""

from collections.abc import Mapping
from typing import Any

from psycopg import sql

from hub.pipeline import rollups, series
from hub.pipeline.sources import OF_CAMPAIGNS, Source
from kernel.database import Connection

_MANY = 500
_ALSO_ITS_CAMPAIGN = ", noted AS (INSERT INTO changed_campaigns SELECT campaign_id FROM changed)"


async def prepare(connection: Connection) -> None:
    """Make the tables of campaigns whose metrics changed, and of those that changed themselves."""
    for table in ("touched_campaigns", "changed_campaigns"):
        await connection.execute(
            sql.SQL("CREATE TEMPORARY TABLE IF NOT EXISTS {} (campaign_id text) ON COMMIT DROP").format(
                sql.Identifier(table)
            )
        )


async def note_touched(connection: Connection, relation: str) -> None:
    """Look again at the campaigns that rows name."""
    await connection.execute(
        sql.SQL(
            "INSERT INTO touched_campaigns SELECT DISTINCT campaign_id FROM {}"
            " EXCEPT SELECT campaign_id FROM touched_campaigns"
        ).format(sql.Identifier(relation))
    )


async def note_all(connection: Connection) -> None:
    """Look again at every campaign."""
    await connection.execute("INSERT INTO touched_campaigns SELECT campaign_id FROM hub.campaigns")


async def merge_plain(connection: Connection, source: Source, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Merge what is staged by key, without facts: how many rows are new and how many were corrected."""
    columns = sql.SQL(", ").join(map(sql.Identifier, source.columns))
    others = [name for name in source.columns if name not in source.key]
    statement = sql.SQL(
        """
        INSERT INTO {table} AS kept (tenant, {columns}) SELECT %(tenant)s, {columns} FROM staged
        ON CONFLICT (tenant, {key}) DO UPDATE SET {assigned} WHERE ({before}) IS DISTINCT FROM ({after})
        """
    ).format(
        table=sql.Identifier("hub", source.table),
        columns=columns,
        key=sql.SQL(", ").join(map(sql.Identifier, source.key)),
        assigned=sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in others),
        before=sql.SQL(", ").join(sql.Identifier("kept", name) for name in others),
        after=sql.SQL(", ").join(sql.Identifier("excluded", name) for name in others),
    )
    return await _change_plain(connection, source, statement, values)


async def remove_plain(
    connection: Connection, source: Source, deletion: sql.Composable, values: Mapping[str, Any]
) -> Mapping[str, Any]:
    return await _change_plain(connection, source, deletion, values)


async def _change_plain(
    connection: Connection, source: Source, change: sql.Composable, values: Mapping[str, Any]
) -> Mapping[str, Any]:
    key = source.key[0]
    statement = sql.SQL(
        """
        WITH changed AS (
            {change} RETURNING old.tenant AS before, new.tenant AS after, coalesce(old.{key}, new.{key}) AS {key}
        ){noted}
        SELECT count(*) FILTER (WHERE before IS NULL) AS inserted, count(*) FILTER (WHERE after IS NULL) AS deleted,
               count(*) FILTER (WHERE before IS NOT NULL AND after IS NOT NULL) AS updated
        FROM changed
        """
    ).format(
        change=change,
        key=sql.Identifier(key),
        noted=sql.SQL(_ALSO_ITS_CAMPAIGN if source.names_campaigns else ""),
    )
    counts = await (await connection.execute(statement, values)).fetchone()
    assert counts is not None  # noqa: S101 - aggregates without GROUP BY give one row
    return counts


async def follow(connection: Connection, tenant: str) -> None:
    """Say where touched campaigns ran, then let leads and sales of campaigns that changed follow, rollups included."""
    await connection.execute("ANALYZE touched_campaigns")
    touched = await (await connection.execute("SELECT count(*) AS campaigns FROM touched_campaigns")).fetchone()
    if touched is not None and touched["campaigns"] > _MANY:
        async with rollups.all_at_once(connection):
            await _place(connection, tenant)
    else:
        await _place(connection, tenant)
    await _follow_changed(connection, tenant)


async def _place(connection: Connection, tenant: str) -> None:
    await connection.execute(
        """
        WITH placed AS (
            SELECT touched.campaign_id,
                   CASE WHEN min(platform) = max(platform) THEN min(platform) ELSE '' END AS platform,
                   CASE WHEN min(channel) = max(channel) THEN min(channel) ELSE '' END AS channel,
                   CASE WHEN min(audience) = max(audience) THEN min(audience) ELSE '' END AS audience
            FROM (SELECT DISTINCT campaign_id FROM touched_campaigns) AS touched
            LEFT JOIN (
                SELECT campaign_id, coalesce(platform, '') AS platform, coalesce(channel, '') AS channel,
                       coalesce(audience, '') AS audience
                FROM hub.monthly_facts WHERE tenant = %(tenant)s AND source = 'ads.metrics'
            ) AS found USING (campaign_id)
            GROUP BY touched.campaign_id
        ), changed AS (
            UPDATE hub.campaigns AS campaign
            SET platform = placed.platform, channel = placed.channel, audience = placed.audience
            FROM placed
            WHERE campaign.tenant = %(tenant)s AND campaign.campaign_id = placed.campaign_id
              AND (campaign.platform, campaign.channel, campaign.audience)
                  IS DISTINCT FROM (placed.platform, placed.channel, placed.audience)
            RETURNING campaign.campaign_id
        )
        INSERT INTO changed_campaigns SELECT campaign_id FROM changed
        """,
        {"tenant": tenant},
    )


async def _follow_changed(connection: Connection, tenant: str) -> None:
    rated = await rollups.is_rated(connection)
    await rollups.prepare(connection)
    await series.prepare(connection)
    for source in OF_CAMPAIGNS:
        values = {"tenant": tenant, "source": source.name}
        concerned = sql.SQL(
            "(SELECT * FROM {} WHERE tenant = %(tenant)s"
            " AND campaign_id IN (SELECT campaign_id FROM changed_campaigns))"
        ).format(sql.Identifier("hub", source.table))
        await series.add_missing(connection, source, concerned, values)
        statement = sql.SQL(
            "UPDATE {table} AS kept SET series_id = series.series_id FROM ({described}) AS row"
            " JOIN hub.series ON {same}"
            " WHERE kept.tenant = %(tenant)s AND kept.{key} = row.{key} AND kept.series_id <> series.series_id"
        ).format(
            table=sql.Identifier("hub", source.table),
            described=series.described(source, concerned),
            same=series.same("row"),
            key=sql.Identifier(source.key[0]),
        )
        found = await rollups.record(connection, source, statement, values, rated=rated)
        if found["updated"]:
            await rollups.apply(connection, source, tenant)
