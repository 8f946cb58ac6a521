"""One run: every source of a tenant, each in a transaction of its own, so that a kill loses little."""

import psycopg
from psycopg.types.json import Jsonb

from hub.errors import SourceUnavailable
from hub.pipeline import writing
from hub.pipeline.reading import open_change, settled, tenants
from hub.pipeline.sources import SOURCES, Source
from hub.schemas import PipelineRun, SourceRun
from kernel.clock import now
from kernel.database import Database
from kernel.ids import new_id
from kernel.logs import logger
from kernel.telemetry import span

_PATIENCE_SECONDS = 3.0


class Pipeline:
    def __init__(self, hub: Database, sources: Database, *, batch_rows: int = 5_000) -> None:
        """`sources` connects as the role that may read export views, `hub` as the hub's own role."""
        self._hub = hub
        self._sources = sources
        self._batch_rows = batch_rows
        self._trouble: dict[str, frozenset[str]] = {}

    async def run_all(self) -> None:
        """Run for every tenant that the sources know."""
        for tenant in sorted(await tenants(self._sources)):
            await self.run(tenant)

    async def run_now(self, tenant: str) -> PipelineRun:
        """Bring everything that is committed when this is called, unless a writer stays open for seconds."""
        try:
            await settled(self._sources, patience_seconds=_PATIENCE_SECONDS)
        except TimeoutError:
            logger(__name__).info("a transaction holds the pipeline back", tenant=tenant)
        return await self.run(tenant, requested=True)

    async def run(self, tenant: str, *, requested: bool = False) -> PipelineRun:
        """Bring a tenant's change. A source that cannot be read is said, and the others go on."""
        started = now()
        with span("pipeline.run"):
            found = [await self._bring(source, tenant) for source in SOURCES]
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
        if requested or run.rows_read or new_trouble:
            await self._log(tenant, run)
        return run

    def _new_trouble(self, tenant: str, found: list[SourceRun]) -> bool:
        """Whether a source has just become unreadable: what lasts is logged once, not at every turn."""
        before = self._trouble.get(tenant, frozenset())
        self._trouble[tenant] = frozenset(source.source for source in found if source.status != "ok")
        return not self._trouble[tenant] <= before

    async def runs(self, tenant: str) -> list[PipelineRun]:
        """The last 50 logged runs, newest first."""
        async with self._hub.transaction(tenant) as connection:
            rows = await (
                await connection.execute("SELECT run FROM hub.pipeline_runs ORDER BY started_at DESC LIMIT 50")
            ).fetchall()
        return [PipelineRun.model_validate(row["run"]) for row in rows]

    async def _bring(self, source: Source, tenant: str) -> SourceRun:
        started = now()
        try:
            run = await self._bring_change(source, tenant)
        except SourceUnavailable as error:
            run = SourceRun(source=source.name, status="unavailable", reason=str(error))
        except psycopg.Error as error:  # rows the hub cannot hold: said, and no other source waits for them
            logger(__name__).exception("pipeline source failed", source=source.name)
            reason = error.diag.message_primary or type(error).__name__
            run = SourceRun(source=source.name, status="failed", reason=reason)
        run.seconds = (now() - started).total_seconds()
        return run

    async def _bring_change(self, source: Source, tenant: str) -> SourceRun:
        run = SourceRun(source=source.name, status="ok")
        async with self._hub.transaction(tenant) as connection:
            since, last_run_at = await writing.lock_watermark(connection, source, tenant)
            async with open_change(self._sources, source, tenant, since, self._batch_rows) as change:
                async for rows in change.batches():
                    await writing.stage(connection, source, rows)
                    run.rows_read += len(rows)
                watermark = change.watermark
            if run.rows_read:
                run.rows_inserted, run.rows_updated = await writing.merge(connection, source, tenant)
                await writing.advance_with_rows(connection, source, tenant, watermark, run.rows_inserted)
            else:
                await writing.advance(connection, source, tenant, watermark)
        run.lag_seconds = (now() - last_run_at).total_seconds() if last_run_at else None
        return run

    async def _log(self, tenant: str, run: PipelineRun) -> None:
        async with self._hub.transaction(tenant) as connection:
            await connection.execute(
                "INSERT INTO hub.pipeline_runs (tenant, run_id, started_at, run) VALUES (%s, %s, %s, %s)",
                (tenant, run.run_id, run.started_at, Jsonb(run.model_dump(mode="json"))),
            )
        logger(__name__).info("pipeline run", run_id=run.run_id, rows_read=run.rows_read, seconds=run.seconds)
