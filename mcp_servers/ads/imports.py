"""Daily ad metrics from CSV files: `POST /v1/imports/ads-metrics`."""

import asyncio
from dataclasses import asdict, dataclass

from starlette.routing import BaseRoute

from kernel.auth import Principal, TokenVerifier
from kernel.csv_columns import Amount, Count, Currency, Day, OptionalText, Text
from kernel.csv_import import ImportReport, parse_csv
from kernel.csv_routes import import_route
from kernel.database import Database
from mcp_servers.ads import metrics_repository as metrics
from mcp_servers.ads.errors import InvalidMetrics
from mcp_servers.ads.metrics_repository import MetricRow


@dataclass(frozen=True, slots=True)
class MetricsLine:
    """A line of the file: one campaign, on one day, in one region."""

    date: Day
    campaign_id: Text
    campaign_name: Text
    client: Text
    product: Text
    platform: Text
    channel: Text
    country: Text
    region: OptionalText
    audience: OptionalText
    currency: Currency
    spend: Amount
    impressions: Count
    reach: Count
    clicks: Count
    conversions: Count

    def __post_init__(self) -> None:
        if self.clicks > self.impressions:
            raise InvalidMetrics("There are more clicks than impressions.", field="clicks")
        if self.reach > self.impressions:
            raise InvalidMetrics("More people are reached than there are impressions.", field="reach")

    def as_row(self) -> MetricRow:
        values = asdict(self)
        values["region"], values["audience"] = self.region or "", self.audience or ""
        return MetricRow(**values)


def import_routes(database: Database, verifier: TokenVerifier) -> list[BaseRoute]:
    async def load(caller: Principal, content: bytes, skip_bad_rows: bool) -> ImportReport:
        parsed = await asyncio.to_thread(
            parse_csv,
            content,
            MetricsLine,
            key=lambda line: (line.date, line.campaign_id, line.region),
            skip=skip_bad_rows,
        )
        async with database.transaction(caller.tenant) as connection:
            counts = await metrics.merge(connection, [line.as_row() for line in parsed.rows])
        return parsed.report.model_copy(
            update={
                "inserted": counts.inserted,
                "updated": counts.updated,
                "unchanged": counts.unchanged + parsed.repeated,
            }
        )

    return [import_route("/v1/imports/ads-metrics", verifier, "ads:write", load)]
