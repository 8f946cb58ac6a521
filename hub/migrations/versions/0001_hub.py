"""Clients and products, mirrored facts, watermarks, and the two views that analytics reads."""

from pathlib import Path

from kernel.migrations import execute, grant, sql_files, tenant_table

revision = "0001"
down_revision = None

CLIENTS = """
CREATE TABLE hub.clients (
    tenant text NOT NULL,
    name text NOT NULL,
    industry text NOT NULL DEFAULT '',
    audiences text[] NOT NULL DEFAULT '{}',
    markets text[] NOT NULL DEFAULT '{}',
    monthly_budget numeric(14, 2),
    currency char(3),
    time_zone text NOT NULL DEFAULT 'UTC',
    PRIMARY KEY (tenant, name)
);
CREATE TABLE hub.products (
    tenant text NOT NULL,
    client text NOT NULL,
    name text NOT NULL,
    price numeric(14, 2),
    currency char(3),
    description text NOT NULL DEFAULT '',
    PRIMARY KEY (tenant, client, name),
    FOREIGN KEY (tenant, client) REFERENCES hub.clients ON DELETE CASCADE
);
"""

FACTS = """
CREATE TABLE hub.campaigns (
    tenant text NOT NULL, campaign_id text NOT NULL, name text NOT NULL, client text NOT NULL, product text NOT NULL,
    objective text NOT NULL, status text NOT NULL, start_date date NOT NULL, end_date date NOT NULL,
    currency char(3) NOT NULL, budget numeric(14, 2),
    platform text NOT NULL DEFAULT '', channel text NOT NULL DEFAULT '', audience text NOT NULL DEFAULT '',
    PRIMARY KEY (tenant, campaign_id)
);
COMMENT ON COLUMN hub.campaigns.platform IS 'where all of its metrics come from; empty when they come from several';
CREATE TABLE hub.fact_metrics (
    tenant text NOT NULL, date date NOT NULL, campaign_id text NOT NULL, campaign_name text NOT NULL,
    client text NOT NULL, product text NOT NULL, platform text NOT NULL, channel text NOT NULL, country text NOT NULL,
    region text NOT NULL, audience text NOT NULL, currency char(3) NOT NULL, spend numeric(14, 2) NOT NULL,
    impressions bigint NOT NULL, reach bigint NOT NULL, clicks bigint NOT NULL, conversions bigint NOT NULL,
    line_item text NOT NULL,
    PRIMARY KEY (tenant, campaign_id, date, region, line_item)
);
CREATE INDEX ON hub.fact_metrics (tenant, date);
CREATE TABLE hub.fact_leads (
    tenant text NOT NULL, lead_id text NOT NULL, created_at timestamptz NOT NULL, campaign_id text,
    client text NOT NULL, source text NOT NULL, country text NOT NULL, region text NOT NULL, status text NOT NULL,
    PRIMARY KEY (tenant, lead_id)
);
CREATE INDEX ON hub.fact_leads (tenant, created_at);
CREATE TABLE hub.fact_sales (
    tenant text NOT NULL, sale_id text NOT NULL, sold_at timestamptz NOT NULL, lead_id text, campaign_id text,
    client text NOT NULL, product text NOT NULL, country text NOT NULL, region text NOT NULL, channel text,
    platform text, amount numeric(14, 2) NOT NULL, currency char(3) NOT NULL,
    PRIMARY KEY (tenant, sale_id)
);
CREATE INDEX ON hub.fact_sales (tenant, sold_at);
CREATE TABLE hub.assets (
    tenant text NOT NULL, asset_id text NOT NULL, client text NOT NULL, product text NOT NULL, kind text NOT NULL,
    channel text NOT NULL, language text NOT NULL, status text NOT NULL, version integer NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, asset_id)
);
CREATE TABLE hub.watermarks (
    tenant text NOT NULL, source text NOT NULL, watermark xid8 NOT NULL,
    last_run_at timestamptz NOT NULL DEFAULT now(), rows_total bigint NOT NULL, data_through date,
    PRIMARY KEY (tenant, source)
);
CREATE TABLE hub.pipeline_runs (
    tenant text NOT NULL, run_id text NOT NULL, started_at timestamptz NOT NULL, run jsonb NOT NULL,
    PRIMARY KEY (tenant, run_id)
);
CREATE INDEX ON hub.pipeline_runs (tenant, started_at DESC);
"""

VIEWS = """
CREATE VIEW hub.facts_v1 WITH (security_invoker = true) AS
    SELECT tenant, date, client, product, campaign_id, campaign_name AS campaign, platform, channel, country, region,
           audience, currency, spend, impressions, reach, clicks, conversions, 0::bigint AS leads, 0::bigint AS sales,
           0::numeric AS revenue
    FROM hub.fact_metrics
    UNION ALL
    SELECT lead.tenant, (lead.created_at AT TIME ZONE 'UTC')::date, lead.client, coalesce(campaign.product, ''),
           coalesce(lead.campaign_id, ''), coalesce(campaign.name, lead.campaign_id, ''),
           coalesce(campaign.platform, ''), coalesce(campaign.channel, ''), lead.country, lead.region,
           coalesce(campaign.audience, ''), NULL, 0, 0, 0, 0, 0, 1, 0, 0
    FROM hub.fact_leads lead LEFT JOIN hub.campaigns campaign USING (tenant, campaign_id)
    UNION ALL
    SELECT sale.tenant, (sale.sold_at AT TIME ZONE 'UTC')::date, sale.client, sale.product,
           coalesce(sale.campaign_id, ''), coalesce(campaign.name, sale.campaign_id, ''),
           coalesce(nullif(sale.platform, ''), campaign.platform, ''),
           coalesce(nullif(sale.channel, ''), campaign.channel, ''), sale.country, sale.region,
           coalesce(campaign.audience, ''), sale.currency, 0, 0, 0, 0, 0, 0, 1, sale.amount
    FROM hub.fact_sales sale LEFT JOIN hub.campaigns campaign USING (tenant, campaign_id);
COMMENT ON VIEW hub.facts_v1 IS 'measures that a source does not have are 0; leads have no currency';
CREATE VIEW hub.freshness_v1 WITH (security_invoker = true) AS
    SELECT tenant, source, last_run_at, watermark::text AS watermark, rows_total, data_through FROM hub.watermarks;
"""

TABLES = ("clients", "products", "campaigns", "fact_metrics", "fact_leads", "fact_sales", "assets", "watermarks")


def upgrade() -> None:
    execute(CLIENTS)
    execute(FACTS)
    for table in (*TABLES, "pipeline_runs"):
        tenant_table("hub", table)
    execute(VIEWS)
    for name in (*TABLES, "facts_v1", "freshness_v1"):
        grant(f"SELECT ON hub.{name}", "promptsales_analytics")
    grant("USAGE ON SCHEMA hub", "promptsales_analytics")
    sql_files(Path(__file__).parents[2] / "sql" / "functions")


def downgrade() -> None:
    execute("DROP SCHEMA hub CASCADE")
