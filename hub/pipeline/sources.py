"""What the pipeline reads and where it puts it: versioned export views, never a context's tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import LiteralString

from psycopg import sql

Columns = Mapping[str, LiteralString]

NAMES: tuple[LiteralString, ...] = (
    "client", "product", "campaign_id", "campaign", "platform", "channel", "country", "region", "audience", "currency",
    "line_item",
)  # fmt: skip
"""What a series says, besides its source."""
MEASURES: Columns = {
    "spend": "numeric", "impressions": "bigint", "reach": "bigint", "clicks": "bigint", "conversions": "bigint",
    "leads": "bigint", "sales": "bigint", "revenue": "numeric",
}  # fmt: skip
MONEY: tuple[LiteralString, ...] = ("spend", "revenue")


@dataclass(frozen=True, slots=True)
class Facts:
    """How rows of a source are facts. SQL has `{}` for the alias of the row, and `campaign` for its campaign."""

    measures: Columns
    """What a kept row measures; other measures are 0."""
    names: Columns
    """What a brought row says, by the names of a series."""
    kept: tuple[LiteralString, ...]
    """Columns of the hub's table besides tenant, `key` and series_id."""
    key: tuple[LiteralString, ...]
    """Of the hub's table."""
    placed: bool = False
    """Whether the table is keyed by the series' placement instead of by columns of the source."""


@dataclass(frozen=True, slots=True)
class Source:
    """An export view and the hub table that mirrors it. `columns` are the view's, with their types."""

    name: LiteralString
    schema: LiteralString
    view: LiteralString
    relation: LiteralString
    """Its name in the schema's `export_deletions_v1`."""
    table: LiteralString
    key: tuple[LiteralString, ...]
    columns: Columns
    moment: LiteralString
    """The column that says when."""
    naming: tuple[LiteralString, ...]
    """The columns whose values are dimensions of the facts."""
    measures: Columns = field(default_factory=dict[str, LiteralString])
    """What is added up to be compared with the hub: SQL over the view, by measure."""
    changed_by: tuple[LiteralString, ...] = ("change_id",)
    """The view's columns with the changes a row depends on."""
    facts: Facts | None = None
    names_campaigns: bool = False
    """Whether its rows say what a campaign is or where it ran."""

    def day(self, alias: str | None = None) -> sql.Composed:
        """The day of a row, in UTC."""
        moment = sql.Identifier(alias, self.moment) if alias else sql.Identifier(self.moment)
        is_day = self.columns[self.moment] == "date"
        return sql.SQL("{}" if is_day else "({} AT TIME ZONE 'UTC')::date").format(moment)


CAMPAIGNS = Source(
    name="ads.campaigns",
    schema="ads",
    view="export_campaigns_v1",
    relation="campaigns",
    table="campaigns",
    key=("campaign_id",),
    columns={
        "campaign_id": "text", "name": "text", "client": "text", "product": "text", "objective": "text",
        "status": "text", "start_date": "date", "end_date": "date", "currency": "text", "budget": "numeric",
    },
    moment="start_date",
    naming=("client", "product"),
    measures={"budget": "coalesce(budget, 0)"},
    names_campaigns=True,
)  # fmt: skip
_OF_THE_ROW: Columns = {
    "client": "{}.client", "product": "{}.product", "campaign_id": "{}.campaign_id", "campaign": "{}.campaign_name",
    "platform": "{}.platform", "channel": "{}.channel", "country": "{}.country", "region": "{}.region",
    "audience": "{}.audience", "currency": "{}.currency", "line_item": "{}.line_item",
}  # fmt: skip
METRICS = Source(
    name="ads.metrics",
    schema="ads",
    view="export_metrics_v2",
    relation="metrics",
    table="fact_metrics",
    key=("campaign_id", "date", "region", "line_item"),
    columns={
        "date": "date", "campaign_id": "text", "campaign_name": "text", "client": "text", "product": "text",
        "platform": "text", "channel": "text", "country": "text", "region": "text", "audience": "text",
        "currency": "text", "spend": "numeric", "impressions": "bigint", "reach": "bigint", "clicks": "bigint",
        "conversions": "bigint", "line_item": "text",
    },
    moment="date",
    naming=("client", "product", "platform", "channel", "country", "region", "audience", "currency"),
    measures={name: name for name in ("spend", "impressions", "reach", "clicks", "conversions")},
    changed_by=("change_id", "campaign_change_id"),
    facts=Facts(
        measures={name: "{}." + name for name in ("spend", "impressions", "reach", "clicks", "conversions")},
        names=_OF_THE_ROW,
        kept=("spend", "impressions", "reach", "clicks", "conversions"),
        key=("date", "placement_id"),
        placed=True,
    ),
    names_campaigns=True,
)  # fmt: skip
_OF_THE_CAMPAIGN: Columns = {
    "client": "{}.client",
    "product": "coalesce(campaign.product, '')",
    "campaign_id": "coalesce({}.campaign_id, '')",
    "campaign": "coalesce(campaign.name, {}.campaign_id, '')",
    "platform": "coalesce(campaign.platform, '')",
    "channel": "coalesce(campaign.channel, '')",
    "country": "{}.country",
    "region": "{}.region",
    "audience": "coalesce(campaign.audience, '')",
    "currency": "coalesce(campaign.currency::text, '')",
    "line_item": "''",
}
LEADS = Source(
    name="crm.leads",
    schema="crm",
    view="export_leads_v1",
    relation="leads",
    table="fact_leads",
    key=("lead_id",),
    columns={
        "lead_id": "text", "created_at": "timestamptz", "campaign_id": "text", "client": "text", "source": "text",
        "country": "text", "region": "text", "status": "text",
    },
    moment="created_at",
    naming=("client", "country", "region"),
    measures={"leads": "1"},
    facts=Facts(
        measures={"leads": "1"},
        names=_OF_THE_CAMPAIGN,
        kept=("created_at", "campaign_id", "client", "source", "country", "region", "status"),
        key=("lead_id",),
    ),
)  # fmt: skip
SALES = Source(
    name="crm.sales",
    schema="crm",
    view="export_sales_v1",
    relation="sales",
    table="fact_sales",
    key=("sale_id",),
    columns={
        "sale_id": "text", "sold_at": "timestamptz", "lead_id": "text", "campaign_id": "text", "client": "text",
        "product": "text", "country": "text", "region": "text", "channel": "text", "platform": "text",
        "amount": "numeric", "currency": "text",
    },
    moment="sold_at",
    naming=("client", "product", "country", "region", "channel", "platform", "currency"),
    measures={"sales": "1", "revenue": "amount"},
    facts=Facts(
        measures={"sales": "1", "revenue": "{}.amount"},
        names={
            **_OF_THE_CAMPAIGN,
            "product": "coalesce(nullif({}.product, ''), campaign.product, '')",
            "platform": "coalesce(nullif({}.platform, ''), campaign.platform, '')",
            "channel": "coalesce(nullif({}.channel, ''), campaign.channel, '')",
            "currency": "{}.currency::text",
        },
        kept=(
            "sold_at", "lead_id", "campaign_id", "client", "product", "country", "region", "channel", "platform",
            "amount", "currency",
        ),
        key=("sale_id",),
    ),
)  # fmt: skip
ASSETS = Source(
    name="content.assets",
    schema="content",
    view="export_assets_v1",
    relation="assets",
    table="assets",
    key=("asset_id",),
    columns={
        "asset_id": "text", "client": "text", "product": "text", "kind": "text", "channel": "text", "language": "text",
        "status": "text", "version": "integer", "updated_at": "timestamptz",
    },
    moment="updated_at",
    naming=("client", "product"),
)  # fmt: skip
STRATEGIES = Source(
    name="orchestrator.strategies",
    schema="orchestrator",
    view="export_strategies_v1",
    relation="strategies",
    table="strategies",
    key=("strategy_id", "version"),
    columns={
        "strategy_id": "text", "version": "integer", "client": "text", "products": "text[]", "countries": "text[]",
        "objective": "text", "goal_metric": "text", "goal_value": "numeric", "budget": "numeric", "currency": "text",
        "start_date": "date", "end_date": "date", "language": "text", "created_at": "timestamptz",
    },
    moment="created_at",
    naming=("client",),
    measures={"budget": "budget"},
)  # fmt: skip
SOURCES = (CAMPAIGNS, METRICS, LEADS, SALES, ASSETS, STRATEGIES)
OF_CAMPAIGNS = (LEADS, SALES)
"""The sources whose facts take from their campaign what they do not say."""
TENANT_VIEWS: tuple[tuple[LiteralString, LiteralString], ...] = (
    ("ads", "export_tenants_v1"),
    ("crm", "export_tenants_v1"),
    ("content", "export_tenants_v1"),
    ("orchestrator", "export_tenants_v1"),
)
