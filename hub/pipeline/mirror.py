"""Write a source's change into the hub: parts arrive in `staged`, keys of deleted rows in `gone`.

Everything happens in one transaction of the hub, which also moves the watermark: a run that dies leaves nothing behind.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from psycopg import sql

from hub.pipeline import campaigns, rollups, series
from hub.pipeline.passing import declared
from hub.pipeline.rollups import Counts
from hub.pipeline.sources import Columns, Facts, Source
from kernel.database import Connection

STAGED, GONE, PRESENT = "staged", "gone", "present"


class Mirror:
    """One source's tables in one transaction of the hub."""

    def __init__(self, connection: Connection, source: Source, tenant: str, *, fresh: bool) -> None:
        """`fresh` says that the hub has no row of this source, so that none can be corrected."""
        self._connection = connection
        self._source = source
        self._values: dict[str, Any] = {"tenant": tenant, "source": source.name}
        self._tenant = tenant
        self._fresh = fresh
        self._rated = False
        self._present = False
        self._ready = False
        self.counts = Counts()

    async def prepare(self) -> None:
        """Make the temporary tables, which end with the transaction; again is as good as once."""
        if self._ready:
            return
        self._ready = True
        await self._connection.execute("SET LOCAL work_mem = '128MB'")
        key: Columns = {name: self._source.columns[name] for name in self._source.key}
        for table, columns in ((STAGED, self._source.columns), (GONE, key)):
            await self._run(
                sql.SQL("CREATE TEMPORARY TABLE {} ({}) ON COMMIT DROP").format(
                    sql.Identifier(table), declared(columns)
                )
            )
        await campaigns.prepare(self._connection)
        if self._source.facts:
            await rollups.prepare(self._connection)
            await series.prepare(self._connection)
            self._rated = await rollups.is_rated(self._connection)

    async def remember_present(self) -> None:
        """From here on, know every row that arrives: `remove_absent` takes the others away."""
        self._present = True
        await self._run(
            sql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA").format(
                sql.Identifier(PRESENT), _list(self._key), sql.Identifier("hub", self._source.table)
            )
        )

    async def merge(self, arrived: int) -> None:
        """Insert and correct the rows that arrived in the stage, and empty it. Rows that are equal stay as they are."""
        if self._source.names_campaigns:
            await campaigns.note_touched(self._connection, STAGED)
        if self._source.facts:
            await self._merge_facts(arrived)
        else:
            self.counts.add(await campaigns.merge_plain(self._connection, self._source, self._values))
            await note_names(self._connection, self._source, STAGED, self._values)
        if self._present:
            await self._note_present()
        await self._run(sql.SQL("TRUNCATE staged"))

    async def delete(self) -> None:
        """Remove the rows whose keys are in `gone`, and empty it."""
        if self._source.names_campaigns:
            await campaigns.note_touched(self._connection, GONE)
        if self.has_months:
            keys = sql.SQL(
                "SELECT DISTINCT gone.date, series.placement_id FROM gone JOIN hub.series"
                " ON series.tenant = %(tenant)s AND series.source = %(source)s"
                " AND (series.campaign_id, series.region, series.line_item)"
                " = (gone.campaign_id, gone.region, gone.line_item)"
            )
        else:
            keys = sql.SQL("SELECT DISTINCT {} FROM gone").format(_list(self._key))
        await self._remove(
            sql.SQL("DELETE FROM {} AS kept USING ({}) AS absent WHERE kept.tenant = %(tenant)s AND {}").format(
                sql.Identifier("hub", self._source.table), keys, self._same_key("absent")
            )
        )
        await self._run(sql.SQL("TRUNCATE gone"))

    async def remove_absent(self) -> None:
        """Remove every row that did not arrive since `remember_present`."""
        await self._run(sql.SQL("ANALYZE present"))
        await self._remove(
            sql.SQL(
                "DELETE FROM {} AS kept WHERE kept.tenant = %(tenant)s AND NOT EXISTS (SELECT FROM present WHERE {})"
            ).format(sql.Identifier("hub", self._source.table), self._same_key("present"))
        )
        if self._source.names_campaigns:
            await campaigns.note_all(self._connection)

    async def changed_months(self) -> list[date] | None:
        """The months whose facts changed; None stands for all: they are few, or all are new."""
        if self._fresh or not self._source.facts:
            return None
        cursor = await self._run(sql.SQL("SELECT DISTINCT date FROM monthly_shift ORDER BY date"))
        return [row["date"] for row in await cursor.fetchall()]

    async def finish(self, *, anew: bool) -> None:
        """Bring the rollups up to date, and whatever takes its names from a campaign. `anew` trusts no rollup."""
        if self._source.facts and (anew or self._fresh):
            await rollups.rebuild(self._connection, self._source, self._tenant)
        elif self._source.facts:
            await rollups.apply(self._connection, self._source, self._tenant)
        if self._source.names_campaigns:
            await campaigns.follow(self._connection, self._tenant)

    @property
    def has_months(self) -> bool:
        """Whether the table is keyed by placement, with a partition for each month that has to be there before rows."""
        return bool(self._source.facts and self._source.facts.placed)

    async def _merge_facts(self, arrived: int) -> None:
        if self._fresh:
            async with rollups.all_at_once(self._connection):
                await self._insert_facts(arrived)
            return
        await self._add_missing_series()
        facts = self._facts
        columns = (*facts.kept, "series_id")
        statement = sql.SQL(
            "{insert} ON CONFLICT (tenant, {key}) DO UPDATE SET {assigned} WHERE ({before}) IS DISTINCT FROM ({after})"
        ).format(
            insert=self._insertion(),
            key=_list(facts.key),
            assigned=_assigned(columns),
            before=_of("kept", columns),
            after=_of("excluded", columns),
        )
        self.counts.add(
            await rollups.record(self._connection, self._source, statement, self._values, rated=self._rated)
        )

    async def _insert_facts(self, arrived: int) -> None:
        """Insert what is staged where the hub has nothing yet: most rows find their series, the others make it."""
        inserted = (await self._run(self._insertion())).rowcount
        if inserted < arrived:
            newest = await (await self._run(sql.SQL("SELECT max(series_id) AS newest FROM hub.series"))).fetchone()
            await self._add_missing_series()
            newer = sql.SQL("series.series_id > {}").format(sql.Literal(newest["newest"] or 0))
            inserted += (await self._run(self._insertion(newer))).rowcount
        self.counts.inserted += inserted

    def _insertion(self, where: sql.Composable | None = None) -> sql.Composed:
        facts = self._facts
        return sql.SQL(
            """
            INSERT INTO {table} AS kept (tenant, {key}, {kept}, series_id)
            SELECT %(tenant)s, {found}, {brought}, series.series_id
            FROM ({described}) AS row JOIN hub.series ON {same} WHERE {where} ORDER BY {found}
            """
        ).format(
            table=sql.Identifier("hub", self._source.table),
            key=_list(facts.key),
            kept=_list(facts.kept),
            found=sql.SQL(", ").join(
                sql.Identifier("series" if name == "placement_id" else "row", name) for name in facts.key
            ),
            brought=_of("row", facts.kept),
            described=series.described(self._source, sql.Identifier(STAGED)),
            same=series.same("row"),
            where=where or sql.SQL("true"),
        )

    async def _add_missing_series(self) -> None:
        if await series.add_missing(self._connection, self._source, sql.Identifier(STAGED), self._values):
            await note_names(self._connection, self._source, series.FRESH, self._values)

    @property
    def _facts(self) -> Facts:
        if self._source.facts is None:
            raise ValueError(f"{self._source.name} has no facts")
        return self._source.facts

    async def _remove(self, deletion: sql.Composed) -> None:
        if self._source.facts:
            found = await rollups.record(self._connection, self._source, deletion, self._values, rated=self._rated)
            self.counts.add(found)
        else:
            self.counts.add(await campaigns.remove_plain(self._connection, self._source, deletion, self._values))

    async def _note_present(self) -> None:
        if self.has_months:
            arrived = sql.SQL(
                "SELECT staged.date, series.placement_id FROM staged JOIN"
                " (SELECT DISTINCT campaign_id, region, line_item, placement_id FROM hub.series"
                " WHERE tenant = %(tenant)s AND source = %(source)s) AS series USING (campaign_id, region, line_item)"
            )
        else:
            arrived = sql.SQL("SELECT {} FROM staged").format(_list(self._key))
        await self._run(sql.SQL("INSERT INTO present {}").format(arrived))

    @property
    def _key(self) -> tuple[str, ...]:
        return self._source.facts.key if self._source.facts else self._source.key

    def _same_key(self, alias: str) -> sql.Composed:
        return sql.SQL("({}) = ({})").format(_of(alias, self._key), _of("kept", self._key))

    async def _run(self, statement: sql.Composable) -> Any:
        return await self._connection.execute(sql.SQL("{}").format(statement), self._values)


async def note_names(connection: Connection, source: Source, relation: str, values: Mapping[str, Any]) -> None:
    """Register the clients and products that rows name and nobody registered, and remember what exists."""
    table = sql.Identifier(relation)
    await connection.execute(
        sql.SQL(
            "INSERT INTO hub.clients (tenant, name) SELECT DISTINCT %(tenant)s, client FROM {} WHERE client <> ''"
            " ON CONFLICT DO NOTHING"
        ).format(table),
        values,
    )
    if "product" in source.naming:
        await connection.execute(
            sql.SQL(
                "INSERT INTO hub.products (tenant, client, name) SELECT DISTINCT %(tenant)s, client, product FROM {}"
                " WHERE client <> '' AND product <> '' ON CONFLICT DO NOTHING"
            ).format(table),
            values,
        )
    await connection.execute(
        sql.SQL(
            """
            INSERT INTO hub.dimension_values (tenant, dimension, value)
            SELECT DISTINCT %(tenant)s, named.dimension, named.value
            FROM {} CROSS JOIN LATERAL (VALUES {}) AS named (dimension, value) WHERE named.value <> ''
            ON CONFLICT DO NOTHING
            """
        ).format(
            table,
            sql.SQL(", ").join(
                sql.SQL("({}, {}::text)").format(sql.Literal(name), sql.Identifier(name)) for name in source.naming
            ),
        ),
        values,
    )


def _list(names: tuple[str, ...]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _of(alias: str, names: tuple[str, ...]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(alias, name) for name in names)


def _assigned(columns: tuple[str, ...]) -> sql.Composed:
    return sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(column)) for column in columns)
