"""The use cases of the content context, each one transaction."""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import BaseModel, ValidationError

from kernel.auth import Principal
from kernel.canonical import digest
from kernel.clock import now
from kernel.database import Database
from kernel.ids import new_id, stable_id
from mcp_servers.content.domain.asset import (
    Asset,
    AssetSummary,
    Edit,
    Hand,
    Language,
    Provenance,
    Subject,
    Text,
    Version,
)
from mcp_servers.content.domain.copy import Copy, CopyBrief, Tone
from mcp_servers.content.domain.countries import country_of
from mcp_servers.content.domain.formats import Channel, Platform, format_of
from mcp_servers.content.domain.text import clean_line, clean_optional
from mcp_servers.content.errors import IdempotencyKeyReused, InvalidCursor, PlatformNotNamed
from mcp_servers.content.generation.port import CopyEngine
from mcp_servers.content.repository import AssetFilter, AssetRepository, Position


@dataclass(frozen=True, slots=True)
class Page:
    assets: list[AssetSummary]
    next_cursor: str | None


class ContentService:
    def __init__(self, database: Database, engine: CopyEngine, *, clock: Callable[[], datetime] = now) -> None:
        self._database = database
        self._engine = engine
        self._clock = clock

    async def write_copy(self, brief: CopyBrief) -> Copy:
        """Variants for a brief; nothing is stored. Raises LanguageModelUnavailable and UnusableCopy."""
        return await self._engine.write(brief)

    async def create(
        self, caller: Principal, subject: Subject, text: Text, provenance: Provenance, *, key: str | None = None
    ) -> Asset:
        """A new draft. The same `key` with the same content gives the first one; otherwise IdempotencyKeyReused."""
        asked = digest([_facts(subject), text.digest, provenance.engine, provenance.source])
        asset = self._draft(caller, subject, text, provenance, key)
        async with self._database.session(caller.tenant) as session:
            assets = AssetRepository(session, caller.tenant)
            if await assets.add(asset, asked):
                return asset
            if await assets.request_digest(asset.about.id) != asked:
                raise IdempotencyKeyReused(
                    "This idempotency key was used for another asset.",
                    field="idempotency_key",
                    fix="Use a new key for a new asset, or repeat the first request unchanged.",
                )
            return await assets.get(asset.about.id)

    async def revise(self, caller: Principal, asset_id: str, edit: Edit) -> Asset:
        """A new version with an edit, or the asset as it is when the edit changes nothing."""
        async with self._database.session(caller.tenant) as session:
            assets = AssetRepository(session, caller.tenant)
            asset = await assets.lock(asset_id)
            version = asset.revised(edit, self._hand(caller))
            if version is None:
                return asset
            await assets.add_version(asset_id, version)
            await session.flush()
            return await assets.get(asset_id)

    async def list_assets(self, tenant: str, filters: AssetFilter, cursor: str | None, limit: int) -> Page:
        """A page, newest first. Raises InvalidCursor and HiddenCharacters."""
        after = _position(cursor) if cursor else None
        narrowed = replace(
            filters, client=clean_optional(filters.client, "client"), product=clean_optional(filters.product, "product")
        )
        async with self._database.session(tenant) as session:
            found = await AssetRepository(session, tenant).page(narrowed, after, limit + 1)
        page = found[:limit]
        return Page(page, _cursor(page[-1]) if len(found) > limit else None)

    async def get(self, tenant: str, asset_id: str) -> Asset:
        """Raises AssetNotFound."""
        async with self._database.session(tenant) as session:
            return await AssetRepository(session, tenant).get(asset_id)

    async def destination(
        self, tenant: str, asset_id: str, channel: Channel | None, platform: Platform | None
    ) -> tuple[Channel, Platform]:
        """Where to publish: what is asked for, else what the asset was made for. Raises PlatformNotNamed."""
        about = (await self.get(tenant, asset_id)).about
        place = platform or about.platform
        if place is None:
            raise PlatformNotNamed(f"{asset_id} is for no platform.", field="platform", fix="Name the platform.")
        return channel or about.channel, place

    async def publishable(
        self, tenant: str, asset_id: str, version: int, channel: Channel, platform: Platform
    ) -> tuple[Asset, Version]:
        """The asset and the version that may go live there today. Raises what `Asset.check_publishable` raises."""
        asset = await self.get(tenant, asset_id)
        return asset, asset.check_publishable(version, channel, platform, self._clock().date())

    def _draft(self, caller: Principal, subject: Subject, text: Text, provenance: Provenance, key: str | None) -> Asset:
        by = self._hand(caller)
        about = AssetSummary(
            id=stable_id("ast", caller.tenant, key) if key else new_id("ast"),
            kind="copy",
            client=subject.client,
            product=subject.product,
            title=subject.title,
            channel=subject.channel,
            platform=subject.platform,
            country=subject.country,
            audience=subject.audience,
            language=subject.language,
            status="draft",
            latest_version=1,
            approved_version=None,
            rights=None,
            created_at=by.at,
            updated_at=by.at,
        )
        return Asset(about, (Version(1, text, provenance, by),))

    def _hand(self, caller: Principal) -> Hand:
        return Hand(caller.subject, caller.actors[0] if caller.actors else None, self._clock())


def brief_of(
    *,
    client: str,
    product: str,
    audience: str,
    channel: Channel,
    platform: Platform,
    language: Language,
    country: str | None = None,
    key_message: str | None = None,
    tone: Tone | None = None,
    call_to_action: str | None = None,
    count: int = 3,
) -> CopyBrief:
    """A clean brief. Raises UnsupportedFormat, UnknownCountry and HiddenCharacters."""
    return CopyBrief(
        client=clean_line(client, "client"),
        product=clean_line(product, "product"),
        audience=clean_line(audience, "audience"),
        place=format_of(platform, channel),
        language=language,
        country=country_of(country) if country else None,
        key_message=clean_optional(key_message, "key_message"),
        tone=tone,
        call_to_action=clean_optional(call_to_action, "call_to_action"),
        count=count,
    )


def _facts(subject: Subject) -> list[str | None]:
    parts = (subject.client, subject.product, subject.title, subject.channel, subject.platform)
    return [*parts, subject.country, subject.audience, subject.language]


class _Cursor(BaseModel):
    at: datetime
    id: str


def _cursor(last: AssetSummary) -> str:
    document = _Cursor(at=last.created_at, id=last.id).model_dump_json()
    return base64.urlsafe_b64encode(document.encode()).decode()


def _position(cursor: str) -> Position:
    try:
        found = _Cursor.model_validate_json(base64.urlsafe_b64decode(cursor))
    except (ValidationError, binascii.Error, ValueError) as error:
        raise InvalidCursor("No page returned this cursor.", field="cursor", fix="Start without one.") from error
    if found.at.tzinfo is None or not found.id.isprintable():
        raise InvalidCursor("No page returned this cursor.", field="cursor", fix="Start without one.")
    return Position(found.at, found.id)
