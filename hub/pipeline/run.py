"""One run: every source of a tenant, each in a transaction of its own, so that a kill loses little."""

from psycopg.types.json import Jsonb

from hub.errors import SourceUnavailable
from hub.pipeline import writing
from hub.pipeline.reading import open_change, tenants
from hub.pipeline.sources import SOURCES, Source
from hub.schemas import PipelineRun, SourceRun
from kernel.clock import now
from kernel.database import Database
from kernel.ids import new_id
from kernel.logs import logger
from kernel.telemetry import span


class Pipeline:
    def __init__(self, hub: Database, sources: Database, *, batch_rows: int = 5_000) -> None:
        """`sources` connects as the role that may read export views, `hub` as the hub's own role."""
        self._hub = hub
        self._sources = sources
        self._batch_rows = batch_rows

    async def run_all(self) -> None:
        """Run for every tenant that the sources know."""
        for tenant in sorted(await tenants(self._sources)):
            await self.run(tenant)

    async def run(self, tenant: str) -> PipelineRun:
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
        if run.rows_read or any(source.status != "ok" for source in found):
            await self._log(tenant, run)
        return run

    async def runs(self, tenant: str) -> list[PipelineRun]:
        """The last 50 logged runs, newest first."""
        async with self._hub.transaction(tenant) as connection:
            rows = await (
                await connection.execute("SELECT run FROM hub.pipeline_runs ORDER BY started_at DESC LIMIT 50")
            ).fetchall()
        return [PipelineRun.model_validate(row["run"]) for row in rows]

    async def _bring(self, source: Source, tenant: str) -> SourceRun:
        read = inserted = updated = 0
        try:
            async with self._hub.transaction(tenant) as connection:
                since = await writing.lock_watermark(connection, source, tenant)
                async with open_change(self._sources, source, tenant, since, self._batch_rows) as change:
                    async for rows in change.batches():
                        await writing.stage(connection, source, rows)
                        read += len(rows)
                    watermark = change.watermark
                if read:
                    inserted, updated = await writing.merge(connection, source, tenant)
                await writing.advance(connection, source, tenant, watermark, inserted)
        except SourceUnavailable as error:
            return SourceRun(
                source=source.name,
                status="unavailable",
                rows_read=0,
                rows_inserted=0,
                rows_updated=0,
                reason=str(error),
            )
        return SourceRun(source=source.name, status="ok", rows_read=read, rows_inserted=inserted, rows_updated=updated)

    async def _log(self, tenant: str, run: PipelineRun) -> None:
        async with self._hub.transaction(tenant) as connection:
            await connection.execute(
                "INSERT INTO hub.pipeline_runs (tenant, run_id, started_at, run) VALUES (%s, %s, %s, %s)",
                (tenant, run.run_id, run.started_at, Jsonb(run.model_dump(mode="json"))),
            )
        logger(__name__).info("pipeline run", run_id=run.run_id, rows_read=run.rows_read, seconds=run.seconds)
