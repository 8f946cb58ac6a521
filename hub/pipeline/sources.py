"""What the pipeline reads and where it puts it: versioned export views, never a context's tables."""

from dataclasses import dataclass
from typing import LiteralString


@dataclass(frozen=True, slots=True)
class Source:
    """An export view and the hub table that mirrors it. Both have `columns`, and `tenant`."""

    name: LiteralString
    view: tuple[LiteralString, LiteralString]
    table: LiteralString
    key: tuple[LiteralString, ...]
    columns: tuple[LiteralString, ...]
    moment: LiteralString
    """The column that says when."""
    naming: tuple[LiteralString, ...]
    """The columns whose values are dimensions of the facts."""
    day: LiteralString = "({} AT TIME ZONE 'UTC')::date"
    """The day of such a moment."""
    places_campaigns: bool = False
    """Whether its rows say where a campaign ran, so that the campaigns they name have to be looked at again."""


CAMPAIGNS = Source(
    name="ads.campaigns",
    view=("ads", "export_campaigns_v1"),
    table="campaigns",
    key=("campaign_id",),
    columns=(
        "campaign_id", "name", "client", "product", "objective", "status", "start_date", "end_date", "currency",
        "budget",
    ),
    moment="start_date",
    day="{}",
    naming=("client", "product"),
    places_campaigns=True,
)  # fmt: skip
METRICS = Source(
    name="ads.metrics",
    view=("ads", "export_metrics_v1"),
    table="fact_metrics",
    key=("campaign_id", "date", "region", "line_item"),
    columns=(
        "date", "campaign_id", "campaign_name", "client", "product", "platform", "channel", "country", "region",
        "audience", "currency", "spend", "impressions", "reach", "clicks", "conversions", "line_item",
    ),
    moment="date",
    day="{}",
    naming=("client", "product", "platform", "channel", "country", "region", "audience", "currency"),
    places_campaigns=True,
)  # fmt: skip
LEADS = Source(
    name="crm.leads",
    view=("crm", "export_leads_v1"),
    table="fact_leads",
    key=("lead_id",),
    columns=("lead_id", "created_at", "campaign_id", "client", "source", "country", "region", "status"),
    moment="created_at",
    naming=("client", "country", "region"),
)
SALES = Source(
    name="crm.sales",
    view=("crm", "export_sales_v1"),
    table="fact_sales",
    key=("sale_id",),
    columns=(
        "sale_id", "sold_at", "lead_id", "campaign_id", "client", "product", "country", "region", "channel", "platform",
        "amount", "currency",
    ),
    moment="sold_at",
    naming=("client", "product", "country", "region", "channel", "platform", "currency"),
)  # fmt: skip
ASSETS = Source(
    name="content.assets",
    view=("content", "export_assets_v1"),
    table="assets",
    key=("asset_id",),
    columns=("asset_id", "client", "product", "kind", "channel", "language", "status", "version", "updated_at"),
    moment="updated_at",
    naming=("client", "product"),
)
SOURCES = (CAMPAIGNS, METRICS, LEADS, SALES, ASSETS)
TENANT_VIEWS: tuple[tuple[LiteralString, LiteralString], ...] = (
    ("ads", "export_tenants_v1"),
    ("crm", "export_tenants_v1"),
    ("content", "export_tenants_v1"),
)
