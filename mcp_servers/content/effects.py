"""The gated effect: put a version of an asset in front of the public."""

from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from kernel.auth import Scope
from kernel.clock import now
from kernel.database import Connection
from kernel.gate import (
    Applied,
    CachedContent,
    Evidence,
    Execution,
    Exposure,
    GatedTool,
    Preparation,
    Provenance,
)
from kernel.logs import logger
from mcp_servers.content.domain.asset import Asset, Publication, Version
from mcp_servers.content.domain.formats import Channel, Platform, format_of
from mcp_servers.content.platforms.port import LivePost, Post, Publisher
from mcp_servers.content.repository import record_publication
from mcp_servers.content.schemas import AssetId, VersionNumber
from mcp_servers.content.service import ContentService


class PublishAssetArgs(BaseModel):
    """Exactly which words go where. Versions never change, so the number pins the text."""

    model_config = ConfigDict(extra="forbid")

    asset_id: AssetId
    version: VersionNumber
    channel: Channel
    platform: Platform = Field(description="Where it is published.")


class PublishAsset(GatedTool[PublishAssetArgs]):
    name = "publish_asset"
    args = PublishAssetArgs
    scopes: tuple[Scope, ...] = ("content:write",)

    def __init__(self, service: ContentService, publisher: Publisher) -> None:
        self._service = service
        self._publisher = publisher

    @property
    def retry_safe(self) -> bool:
        return self._publisher.honours_idempotency

    async def prepare(self, tenant: str, args: PublishAssetArgs) -> Preparation:
        asset, version = await self._service.publishable(
            tenant, args.asset_id, args.version, args.channel, args.platform
        )
        about = asset.about
        where = f"{args.platform} ({args.channel}){f', {about.country}' if about.country else ''}"
        return Preparation(
            target_account=self._publisher.account(tenant),
            target_state=_state(asset, version),
            summary=f"Publish version {version.number} of “{about.title}” for {about.client} on {where}.",
            exposure=Exposure(client=about.client, countries=[about.country] if about.country else []),
            reversible=False,
            evidence=_evidence(asset, version, args),
            provenance=_provenance(version),
        )

    async def effect(self, execution: Execution, args: PublishAssetArgs) -> Applied:
        post = await self._ordered(execution, args)
        sent = await self._publisher.publish(execution.tenant, execution.action_id, post)
        return self._applied(post, sent.id, await self._publisher.read(execution.tenant, sent.id))

    async def look_up(self, execution: Execution, args: PublishAssetArgs) -> Applied | None:
        post = await self._ordered(execution, args)
        live = await self._publisher.find(execution.tenant, execution.action_id)
        return self._applied(post, live.id, live) if live else None

    async def _ordered(self, execution: Execution, args: PublishAssetArgs) -> Post:
        asset = await self._service.get(execution.tenant, args.asset_id)
        return _post(asset, asset.version(args.version), args)

    def _applied(self, post: Post, post_id: str, live: LivePost | None) -> Applied:
        return Applied(
            platform=self._publisher.name,
            platform_id=post_id,
            sandbox=self._publisher.sandbox,
            requested={**asdict(post), "live": True},
            applied={**live.fields, "live": True, "url": live.url} if live else {"live": False},
        )

    async def record(
        self, connection: Connection, execution: Execution, args: PublishAssetArgs, applied: Applied
    ) -> None:
        if not _as_requested(applied):
            logger(__name__).warning("post is not as requested", asset_id=args.asset_id, post_id=applied.platform_id)
            return
        publication = Publication(
            action_id=execution.action_id,
            version=args.version,
            channel=args.channel,
            platform=args.platform,
            post_id=applied.platform_id,
            url=str(applied.applied["url"]),
            at=now(),
        )
        await record_publication(connection, execution.tenant, args.asset_id, publication)


def _as_requested(applied: Applied) -> bool:
    return all(applied.applied.get(name) == value for name, value in applied.requested.items())


def _post(asset: Asset, version: Version, args: PublishAssetArgs) -> Post:
    return Post(
        channel=args.channel,
        platform=args.platform,
        title=version.text.headline or "",
        body=version.text.body,
        call_to_action=version.text.call_to_action or "",
        asset_ref=f"{asset.about.id}@{version.number}",
    )


def _state(asset: Asset, version: Version) -> dict[str, Any]:
    rights = asset.about.rights
    return {
        "status": asset.about.status,
        "approved_version": asset.about.approved_version,
        "text": version.text.digest,
        "rights": asdict(rights) if rights else None,
        "live": [[item.version, item.platform, item.channel] for item in asset.publications],
    }


def _evidence(asset: Asset, version: Version, args: PublishAssetArgs) -> list[Evidence]:
    text, source = version.text, f"content://assets/{asset.about.id}"
    parts = (("Headline", text.headline), ("Body", text.body), ("Call to action", text.call_to_action))
    found = [Evidence(title=name, detail=words, source=source) for name, words in parts if words]
    found.append(Evidence(title="Written by", detail=_origin(version), source=source))
    place = format_of(args.platform, args.channel)
    shortened = place.shortened(text.headline, text.body)
    if shortened:
        found.append(Evidence(title="Not shown whole", detail=" ".join(shortened), source=place.source))
    live = [item for item in asset.publications if (item.channel, item.platform) == (args.channel, args.platform)]
    if live:
        numbers = ", ".join(f"version {item.version} ({item.url})" for item in live)
        found.append(Evidence(title="Stays live beside it", detail=numbers, source=source))
    if version.number != asset.about.latest_version:
        newer = f"Version {asset.about.latest_version} is newer."
        found.append(Evidence(title="Not the latest version", detail=newer, source=source))
    return found


def _origin(version: Version) -> str:
    via = f" via {version.by.via}" if version.by.via else ""
    source = f" ({version.provenance.source})" if version.provenance.source else ""
    note = f" Note: {version.note}" if version.note else ""
    return f"{version.provenance.engine}{source}, stored by {version.by.subject}{via}.{note}"


def _provenance(version: Version) -> Provenance:
    """Who wrote the version, and the cache entry it came from if whoever stored it said so."""
    hit = version.provenance.cache_hit
    if hit is None:
        return Provenance(engine=version.provenance.engine)
    cached = CachedContent(reference=hit.reference, age_seconds=hit.age_seconds, similarity=hit.similarity)
    return Provenance(engine=version.provenance.engine, cached=[cached])
