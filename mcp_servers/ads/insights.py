"""Fetch live campaigns' metrics from the platform, without end. Safe to run in several processes at once."""

import asyncio

from kernel.database import Database
from kernel.errors import PromptSalesError
from kernel.logs import logger
from mcp_servers.ads import metrics_repository as metrics
from mcp_servers.ads import repository
from mcp_servers.ads.domain import Campaign
from mcp_servers.ads.metrics_repository import LiveCursor, MetricRow
from mcp_servers.ads.platforms.port import AdPlatform, InsightRow


async def fetch_forever(database: Database, platform: AdPlatform, *, every_seconds: float) -> None:
    """Fetch, wait, fetch again. A failure is logged and tried again at the next round."""
    while True:
        try:
            await fetch_once(database, platform)
        except PromptSalesError as error:
            logger(__name__).warning("insights not fetched", reason=str(error))
        await asyncio.sleep(every_seconds)


async def fetch_once(database: Database, platform: AdPlatform) -> int:
    """Bring what live campaigns have reported since their cursors. Returns the number of rows written."""
    async with database.system() as connection:
        campaigns = await metrics.live(connection)
    written = 0
    for campaign in campaigns:
        try:
            written += await _fetch(database, platform, campaign)
        except PromptSalesError as error:
            logger(__name__).warning("insights not fetched", campaign_id=campaign.campaign_id, reason=str(error))
    return written


async def _fetch(database: Database, platform: AdPlatform, live: LiveCursor) -> int:
    """Rows and cursor move in one transaction; of two fetchers, the one whose cursor is stale writes nothing."""
    insights = await platform.insights(live.tenant, live.platform_id, live.cursor)
    if insights.cursor == live.cursor and not insights.complete:
        return 0
    async with database.transaction(live.tenant) as connection:
        if not await metrics.advance(
            connection, live.campaign_id, seen=live.cursor, cursor=insights.cursor, complete=insights.complete
        ):
            return 0
        campaign = await repository.campaign(connection, live.campaign_id)
        counts = await metrics.merge(connection, [_row(campaign, row) for row in insights.rows])
    return counts.inserted + counts.updated


def _row(campaign: Campaign, row: InsightRow) -> MetricRow:
    line = row.line_item
    return MetricRow(
        date=row.date,
        campaign_id=campaign.id,
        campaign_name=campaign.name,
        client=campaign.client,
        product=campaign.product,
        platform=line.platform,
        channel=line.channel,
        country=line.country,
        region=line.region,
        audience=line.audience,
        currency=row.currency,
        spend=row.spend,
        impressions=row.impressions,
        reach=row.reach,
        clicks=row.clicks,
        conversions=row.conversions,
        line_item=f"{line.platform}/{line.channel}/{line.country}/{line.audience}",
    )
