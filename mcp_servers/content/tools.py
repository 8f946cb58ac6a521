"""The MCP tools of PromptContent: parse, call the service, return a schema. The gated tool only proposes."""

from kernel.gate import ActionOutcome, Gate
from kernel.mcp import ContextServer
from mcp_servers.content.domain.asset import AssetStatus, Edit, Language, Provenance, Subject, Text
from mcp_servers.content.domain.copy import Tone
from mcp_servers.content.domain.formats import Channel, Platform
from mcp_servers.content.effects import PublishAssetArgs
from mcp_servers.content.repository import AssetFilter
from mcp_servers.content.schemas import (
    AssetCard,
    AssetId,
    AssetPage,
    AssetView,
    Audience,
    Body,
    CallToAction,
    Closing,
    CopyVariants,
    Count,
    Country,
    Cursor,
    Headline,
    IdempotencyKey,
    KeyMessage,
    Name,
    Note,
    PageSize,
    Source,
    VersionNumber,
    WrittenBy,
)
from mcp_servers.content.service import ContentService, brief_of


def register_tools(server: ContextServer, service: ContentService, gate: Gate) -> None:
    """Everything PromptContent offers a model."""
    _register_writing(server, service)
    _register_assets(server, service)
    _register_changes(server, service)
    _register_effects(server, service, gate)


def _register_writing(server: ContextServer, service: ContentService) -> None:
    @server.expose("content:write", effect="read", title="Generate copy")
    async def generate_copy(
        client: Name,
        product: Name,
        audience: Audience,
        channel: Channel,
        platform: Platform,
        language: Language,
        country: Country | None = None,
        key_message: KeyMessage | None = None,
        tone: Tone | None = None,
        call_to_action: CallToAction | None = None,
        count: Count = 3,
    ) -> CopyVariants:
        """Write variants of ad, e-mail, SMS or web copy that fit the platform's text limits. Nothing is stored.

        Use it before create_asset. The copy states nothing that the brief does not: prices and offers only come from
        key_message. Spanish follows the country (tú, vos, usted, vosotros). The same brief gives the same variants;
        fewer than count come back when fewer differ. Lengths are in characters, for SMS in GSM-7 units.
        Errors: a channel the platform does not have, an unknown country, a language model that does not answer.
        """
        brief = brief_of(
            client=client,
            product=product,
            audience=audience,
            channel=channel,
            platform=platform,
            language=language,
            country=country,
            key_message=key_message,
            tone=tone,
            call_to_action=call_to_action,
            count=count,
        )
        return CopyVariants.of(brief, await service.write_copy(brief))


def _register_assets(server: ContextServer, service: ContentService) -> None:
    @server.expose("content:read", effect="read", title="List assets")
    async def list_assets(
        client: Name | None = None,
        product: Name | None = None,
        channel: Channel | None = None,
        language: Language | None = None,
        status: AssetStatus | None = None,
        cursor: Cursor | None = None,
        limit: PageSize = 20,
    ) -> AssetPage:
        """Stored assets, newest first, without their texts. Use it to find an asset's id.

        Filters are exact, letter case aside. Errors: a cursor that no page returned.
        """
        caller = await server.caller()
        filters = AssetFilter(client, product, channel, language, status)
        page = await service.list_assets(caller.tenant, filters, cursor, limit)
        return AssetPage(assets=[AssetCard.of(about) for about in page.assets], next_cursor=page.next_cursor)

    @server.expose("content:read", effect="read", title="Get an asset")
    async def get_asset(asset_id: AssetId) -> AssetView:
        """One asset with every version, which one is approved, usage rights, and where it is live.

        Errors: no such asset.
        """
        caller = await server.caller()
        return AssetView.whole(await service.get(caller.tenant, asset_id))


def _register_changes(server: ContextServer, service: ContentService) -> None:
    @server.expose("content:write", effect="write", title="Create an asset")
    async def create_asset(
        client: Name,
        product: Name,
        title: Name,
        channel: Channel,
        language: Language,
        body: Body,
        engine: WrittenBy,
        headline: Headline | None = None,
        call_to_action: Closing | None = None,
        platform: Platform | None = None,
        country: Country | None = None,
        audience: Audience | None = None,
        source: Source | None = None,
        idempotency_key: IdempotencyKey | None = None,
    ) -> AssetView:
        """Store a piece of copy as a draft asset with version 1. Nothing is published; publish_asset proposes that.

        Use it for a variant you keep, or for text of your own. Always send an idempotency_key, so that a repeated call
        makes no second asset. Errors: the key was used for another asset, an unknown country, a channel the platform
        does not have, invisible characters in the text.
        """
        subject = Subject.of(
            client=client,
            product=product,
            title=title,
            channel=channel,
            platform=platform,
            country=country,
            audience=audience,
            language=language,
        )
        text = Text.of(body, headline, call_to_action)
        caller = await server.caller()
        stored = await service.create(caller, subject, text, Provenance.of(engine, source), key=idempotency_key)
        return AssetView.whole(stored)

    @server.expose("content:write", effect="write", title="Add a version", idempotent=True)
    async def new_version(
        asset_id: AssetId,
        engine: WrittenBy,
        body: Body | None = None,
        headline: Headline | None = None,
        call_to_action: Closing | None = None,
        note: Note | None = None,
        source: Source | None = None,
        based_on: VersionNumber | None = None,
    ) -> AssetView:
        """Edit an asset's text. That makes a new version; older ones stay, and what is live stays live.

        Parts you leave out keep their words; an empty headline or call_to_action removes it. The same text again makes
        no version. Send based_on, the version you read, to be refused when somebody edited meanwhile.
        Errors: no such asset, based_on is outdated, no text named, invisible characters.
        """
        edit = Edit(body, headline, call_to_action, Provenance.of(engine, source), note, based_on)
        return AssetView.whole(await service.revise(await server.caller(), asset_id, edit))


def _register_effects(server: ContextServer, service: ContentService, gate: Gate) -> None:
    @server.expose("content:write", effect="gated", title="Propose to publish")
    async def publish_asset(
        asset_id: AssetId,
        version: VersionNumber,
        channel: Channel | None = None,
        platform: Platform | None = None,
        idempotency_key: IdempotencyKey | None = None,
    ) -> ActionOutcome:
        """Propose to publish exactly this version. It waits for a reviewer's approval, then is published at once.

        Channel and platform default to what the asset was made for. Answers pending_approval; ask get_approval with its
        approval_id for what became of it. Errors: no such asset or version, already live there, more text than the
        platform takes, usage rights that have expired or do not cover the country, no platform named.
        """
        caller = await server.caller()
        where, place = await service.destination(caller.tenant, asset_id, channel, platform)
        args = PublishAssetArgs(asset_id=asset_id, version=version, channel=where, platform=place)
        return await gate.propose(caller, "publish_asset", args, idempotency_key=idempotency_key)
