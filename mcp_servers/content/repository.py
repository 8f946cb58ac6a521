"""The content context's SQL: one tenant's rows, in a transaction of the caller."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from kernel.database import Connection
from mcp_servers.content.domain.asset import (
    Asset,
    AssetStatus,
    AssetSummary,
    Language,
    Publication,
    Version,
)
from mcp_servers.content.domain.formats import Channel
from mcp_servers.content.errors import AssetNotFound
from mcp_servers.content.tables import AssetRow, VersionRow, asset_values


@dataclass(frozen=True, slots=True)
class AssetFilter:
    """What a list is narrowed to; None does not narrow. Client and product match without regard to case."""

    client: str | None = None
    product: str | None = None
    channel: Channel | None = None
    language: Language | None = None
    status: AssetStatus | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page ended: its last asset's creation time and id."""

    created_at: datetime
    id: str


class AssetRepository:
    """Through the ORM. `session` carries the tenant; every statement names it too."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        self._session = session
        self._tenant = tenant

    async def add(self, asset: Asset, request_digest: str) -> bool:
        """Store a new asset and its versions; False when its id is taken, whatever it holds."""
        values = asset_values(self._tenant, asset.about, request_digest)
        taken = await self._session.execute(
            insert(AssetRow).values(values).on_conflict_do_nothing().returning(AssetRow.id)
        )
        if taken.scalar_one_or_none() is None:
            return False
        self._session.add_all(VersionRow.of(self._tenant, asset.about.id, version) for version in asset.versions)
        return True

    async def request_digest(self, asset_id: str) -> str:
        """What the asset was asked for with. Raises AssetNotFound."""
        return (await self._row(self._one(asset_id), asset_id)).request_digest

    async def get(self, asset_id: str) -> Asset:
        """The whole asset. Raises AssetNotFound."""
        return (await self._row(self._whole(asset_id), asset_id)).as_domain()

    async def lock(self, asset_id: str) -> Asset:
        """The whole asset, which nobody else changes until this transaction ends. Raises AssetNotFound."""
        await self._row(self._one(asset_id).with_for_update(), asset_id)
        return (await self._row(self._whole(asset_id), asset_id)).as_domain()

    async def add_version(self, asset_id: str, version: Version) -> None:
        """Add the next version of an asset that is locked."""
        row = await self._row(self._one(asset_id), asset_id)
        row.latest_version = version.number
        row.updated_at = version.by.at
        self._session.add(VersionRow.of(self._tenant, asset_id, version))

    async def page(self, filters: AssetFilter, after: Position | None, limit: int) -> list[AssetSummary]:
        """Assets, newest first."""
        query = self._narrowed(filters).order_by(AssetRow.created_at.desc(), AssetRow.id.desc()).limit(limit)
        if after:
            query = query.where(tuple_(AssetRow.created_at, AssetRow.id) < (after.created_at, after.id))
        return [row.summary() for row in await self._session.scalars(query)]

    def _narrowed(self, filters: AssetFilter) -> Select[AssetRow]:
        query = select(AssetRow).where(AssetRow.tenant == self._tenant)
        for column, text in ((AssetRow.client, filters.client), (AssetRow.product, filters.product)):
            if text is not None:
                query = query.where(func.lower(column) == func.lower(text))
        if filters.channel is not None:
            query = query.where(AssetRow.channel == filters.channel)
        if filters.language is not None:
            query = query.where(AssetRow.language == filters.language)
        if filters.status is not None:
            query = query.where(AssetRow.status == filters.status)
        return query

    def _one(self, asset_id: str) -> Select[AssetRow]:
        return select(AssetRow).where(AssetRow.tenant == self._tenant, AssetRow.id == asset_id)

    def _whole(self, asset_id: str) -> Select[AssetRow]:
        loaded = (selectinload(AssetRow.versions), selectinload(AssetRow.publications))
        return self._one(asset_id).options(*loaded).execution_options(populate_existing=True)

    async def _row(self, query: Select[AssetRow], asset_id: str) -> AssetRow:
        row = (await self._session.scalars(query)).one_or_none()
        if row is None:
            raise AssetNotFound(f"There is no asset {asset_id}.", field="asset_id", fix="See list_assets.")
        return row


async def record_publication(connection: Connection, tenant: str, asset_id: str, publication: Publication) -> None:
    """Store where a version went live, and mark the asset published and the version approved."""
    await connection.execute(
        """INSERT INTO content.publications
               (tenant, action_id, asset_id, version, channel, platform, post_id, url, published_at)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)""",
        (
            tenant,
            publication.action_id,
            asset_id,
            publication.version,
            publication.channel,
            publication.platform,
            publication.post_id,
            publication.url,
            publication.at,
        ),
    )
    await connection.execute(
        """UPDATE content.assets SET status = 'published', approved_version = %s, updated_at = %s
           WHERE tenant = %s AND id = %s""",
        (publication.version, publication.at, tenant, asset_id),
    )
