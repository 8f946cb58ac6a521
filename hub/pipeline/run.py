"""One run: every source of a tenant, each in a transaction of its own, so that a kill loses little."""

from contextlib import aclosing
from datetime import date

import psycopg
from psycopg.types.json import Jsonb

from hub.errors import SourceUnavailable
from hub.pipeline import reconciling, watermarks
from hub.pipeline.mirror import GONE, STAGED, Mirror
from hub.pipeline.passing import Stage
from hub.pipeline.reading import BEGINNING, Change, open_change, settled, tenants
from hub.pipeline.sources import SOURCES, Source
from hub.pipeline.watermarks import Mark
from hub.schemas import PipelineRun, Reconciliations, SourceReconciliation, SourceRun
from kernel.clock import now
from kernel.database import Connection, Database
from kernel.ids import new_id
from kernel.logs import logger
from kernel.telemetry import span

_PATIENCE_SECONDS = 3.0


class Pipeline:
    def __init__(self, hub: Database, sources: Database, *, batch_rows: int = 200_000) -> None:
        """`sources` connects as the role that may read export views, `hub` as the hub's own role."""
        self._hub = hub
        self._sources = sources
        self._batch_rows = batch_rows
        self._trouble: dict[str, frozenset[str]] = {}

    async def run_all(self) -> None:
        """Run for every tenant that the sources know."""
        for tenant in sorted(await tenants(self._sources)):
            await self.run(tenant)

    async def run_now(self, tenant: str, *, from_beginning: bool = False) -> PipelineRun:
        """Bring everything that is committed when this is called, unless a writer stays open for seconds."""
        try:
            await settled(self._sources, patience_seconds=_PATIENCE_SECONDS)
        except TimeoutError:
            logger(__name__).info("a transaction holds the pipeline back", tenant=tenant)
        return await self.run(tenant, requested=True, from_beginning=from_beginning)

    async def run(self, tenant: str, *, requested: bool = False, from_beginning: bool = False) -> PipelineRun:
        """Bring a tenant's change. A source that cannot be read is said, and the others go on.

        `from_beginning` reads all of every source, and removes from the hub what no source has.
        """
        started = now()
        with span("pipeline.run"):
            found = [await self._bring(source, tenant, from_beginning=from_beginning) for source in SOURCES]
        finished = now()
        run = PipelineRun(
            run_id=new_id("run"),
            started_at=started,
            finished_at=finished,
            seconds=(finished - started).total_seconds(),
            rows_read=sum(source.rows_read for source in found),
            sources=found,
        )
        new_trouble = self._new_trouble(tenant, found)
        if requested or run.rows_read or new_trouble or any(source.from_beginning for source in found):
            await self._log(tenant, run)
        return run

    async def reconcile(self, tenant: str) -> Reconciliations:
        """Compare all that the hub has with the sources, and change nothing."""
        return Reconciliations(sources=[await self._reconcile(source, tenant) for source in SOURCES])

    async def runs(self, tenant: str) -> list[PipelineRun]:
        """The last 50 logged runs, newest first."""
        async with self._hub.transaction(tenant) as connection:
            rows = await (
                await connection.execute("SELECT run FROM hub.pipeline_runs ORDER BY started_at DESC LIMIT 50")
            ).fetchall()
        return [PipelineRun.model_validate(row["run"]) for row in rows]

    def _new_trouble(self, tenant: str, found: list[SourceRun]) -> bool:
        """Whether a source has just become unreadable: what lasts is logged once, not at every turn."""
        before = self._trouble.get(tenant, frozenset())
        self._trouble[tenant] = frozenset(source.source for source in found if source.status != "ok")
        return not self._trouble[tenant] <= before

    async def _bring(self, source: Source, tenant: str, *, from_beginning: bool) -> SourceRun:
        started = now()
        try:
            run = await self._bring_change(source, tenant, from_beginning=from_beginning)
        except SourceUnavailable as error:
            run = SourceRun(source=source.name, status="unavailable", reason=str(error))
        except psycopg.Error as error:  # rows the hub cannot hold: said, and no other source waits for them
            logger(__name__).exception("pipeline source failed", source=source.name)
            reason = error.diag.message_primary or type(error).__name__
            run = SourceRun(source=source.name, status="failed", reason=reason)
        run.seconds = (now() - started).total_seconds()
        run.rows_per_second = run.rows_read / run.seconds if run.rows_read and run.seconds else None
        return run

    async def _bring_change(self, source: Source, tenant: str, *, from_beginning: bool) -> SourceRun:
        run = SourceRun(source=source.name, status="ok")
        async with self._hub.transaction(tenant) as connection:
            await watermarks.lock(connection, tenant)
            mark = await watermarks.mark_of(connection, source)
            mirror = Mirror(connection, source, tenant, fresh=mark.last_run_at is None)
            async with open_change(self._sources, source, tenant) as change:
                known = mark.last_run_at is not None
                run.from_beginning = known and (from_beginning or mark.mismatch or change.rewound(mark.since))
                await self._read(mirror, change, connection, mark, run)
                if run.rows_read or run.from_beginning:
                    months = None if run.from_beginning else await mirror.changed_months()
                    await mirror.finish(anew=run.from_beginning)
                    run.reconciled = await reconciling.compare(connection, source, tenant, change, months)
            counts = mirror.counts
            mismatch = bool(run.reconciled and run.reconciled.differences)
            await watermarks.advance(
                # Reading all of it again is tried once: what that did not heal, it would not heal at the next turn.
                connection, source, tenant, change.watermark, counts, mismatch=mismatch and not run.from_beginning
            )  # fmt: skip
        if mismatch:
            run.status, run.reason = "mismatch", "The hub differs from the source; the next run reads all of it."
            logger(__name__).error("hub differs from its source", tenant=tenant, run=run.model_dump(mode="json"))
        run.rows_inserted, run.rows_updated, run.rows_deleted = counts.inserted, counts.updated, counts.deleted
        run.lag_seconds = (now() - mark.last_run_at).total_seconds() if mark.last_run_at else None
        return run

    async def _read(self, mirror: Mirror, change: Change, connection: Connection, mark: Mark, run: SourceRun) -> None:
        """Deletions first: a key that was deleted and exists again comes with the rows."""
        since = BEGINNING if run.from_beginning else mark.since
        if mirror.has_months:
            # Before anything else: a transaction that holds its lock on a table does not see new partitions of it.
            await self._make_months(await change.months(since))
        staged, gone = (Stage(connection, table, self._batch_rows, mirror.prepare) for table in (STAGED, GONE))
        if run.from_beginning:
            await mirror.prepare()
            await mirror.remember_present()
        elif mark.last_run_at is not None:
            async with aclosing(change.deletions(since, gone)) as parts:
                async for passed in parts:
                    run.rows_read += passed
                    await mirror.delete()
        arrived = 0
        async with aclosing(change.rows(since, staged)) as parts:
            async for passed in parts:
                arrived += passed
                await mirror.merge(passed)
        run.rows_read += arrived
        run.rows_unchanged = arrived - mirror.counts.inserted - mirror.counts.updated
        if run.from_beginning:
            await mirror.remove_absent()

    async def _make_months(self, months: list[date]) -> None:
        """In a transaction of its own: partitions are there for everybody at once, and empty ones harm nobody."""
        async with self._hub.system() as connection:
            for month in months:
                await connection.execute("SELECT hub.make_fact_month_v1(%s)", (month,))

    async def _reconcile(self, source: Source, tenant: str) -> SourceReconciliation:
        try:
            async with self._hub.transaction(tenant) as connection:
                await watermarks.lock(connection, tenant)
                mark = await watermarks.mark_of(connection, source)
                async with open_change(self._sources, source, tenant) as change:
                    found = await reconciling.compare(connection, source, tenant, change.as_of(mark.since), None)
        except SourceUnavailable as error:
            return SourceReconciliation(source=source.name, status="unavailable", reason=str(error))
        status = "mismatch" if found.differences else "ok"
        return SourceReconciliation(source=source.name, status=status, **found.model_dump())

    async def _log(self, tenant: str, run: PipelineRun) -> None:
        async with self._hub.transaction(tenant) as connection:
            await connection.execute(
                "INSERT INTO hub.pipeline_runs (tenant, run_id, started_at, run) VALUES (%s, %s, %s, %s)",
                (tenant, run.run_id, run.started_at, Jsonb(run.model_dump(mode="json"))),
            )
        logger(__name__).info("pipeline run", run_id=run.run_id, rows_read=run.rows_read, seconds=run.seconds)
