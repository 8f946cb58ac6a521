"""Campaigns, audiences, daily metrics, and what the pipeline reads of them."""

from pathlib import Path

from kernel.gate.ledger import create_gate_tables
from kernel.migrations import execute, grant, sql_files, tenant_table, track_changes

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE ads.campaigns (
    tenant text NOT NULL,
    campaign_id text NOT NULL,
    name text NOT NULL,
    client text NOT NULL,
    product text NOT NULL,
    objective text NOT NULL DEFAULT '',
    status text NOT NULL CHECK (status IN ('draft', 'active', 'paused', 'ended')),
    origin text NOT NULL CHECK (origin IN ('planned', 'imported')),
    version integer NOT NULL DEFAULT 1,
    start_date date NOT NULL,
    end_date date NOT NULL,
    currency char(3) NOT NULL,
    budget numeric(14, 2) CHECK (budget > 0),
    audience text NOT NULL DEFAULT '',
    goal_metric text CHECK (goal_metric IN ('sales', 'leads', 'clicks', 'reach')),
    goal_value bigint CHECK (goal_value > 0),
    line_items jsonb NOT NULL DEFAULT '[]',
    platform_id text,
    insights_cursor text,
    idempotency_key text,
    request_digest text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, campaign_id),
    CHECK (end_date >= start_date)
);
CREATE UNIQUE INDEX campaigns_idempotency ON ads.campaigns (tenant, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX campaigns_list ON ads.campaigns (tenant, start_date DESC, campaign_id);
CREATE INDEX campaigns_live ON ads.campaigns (status) WHERE platform_id IS NOT NULL;

CREATE TABLE ads.audiences (
    tenant text NOT NULL,
    audience_id text NOT NULL,
    client text NOT NULL,
    name text NOT NULL,
    description text NOT NULL,
    countries text[] NOT NULL,
    age_min smallint,
    age_max smallint,
    interests text[] NOT NULL,
    languages text[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, audience_id),
    UNIQUE (tenant, client, name)
);

CREATE TABLE ads.metrics (
    tenant text NOT NULL,
    date date NOT NULL,
    campaign_id text NOT NULL,
    region text NOT NULL,
    line_item text NOT NULL DEFAULT '',
    platform text NOT NULL,
    channel text NOT NULL,
    country text NOT NULL,
    audience text NOT NULL,
    currency char(3) NOT NULL,
    spend numeric(14, 2) NOT NULL CHECK (spend >= 0),
    impressions bigint NOT NULL CHECK (impressions >= 0),
    reach bigint NOT NULL CHECK (reach >= 0),
    clicks bigint NOT NULL CHECK (clicks >= 0),
    conversions bigint NOT NULL CHECK (conversions >= 0),
    PRIMARY KEY (tenant, campaign_id, date, region, line_item),
    FOREIGN KEY (tenant, campaign_id) REFERENCES ads.campaigns
);
"""

EXPORTS = """
CREATE VIEW ads.export_metrics_v1 AS
    SELECT metrics.tenant, greatest(metrics.change_id, campaigns.change_id) AS change_id, metrics.date,
           metrics.campaign_id, campaigns.name AS campaign_name, campaigns.client, campaigns.product,
           metrics.platform, metrics.channel, metrics.country, metrics.region, metrics.audience, metrics.currency,
           metrics.spend, metrics.impressions, metrics.reach, metrics.clicks, metrics.conversions, metrics.line_item
    FROM ads.metrics JOIN ads.campaigns USING (tenant, campaign_id)
    WHERE tenant = current_setting('app.tenant', true);
CREATE VIEW ads.export_campaigns_v1 AS
    SELECT tenant, change_id, campaign_id, name, client, product, objective, status, start_date, end_date,
           currency, budget
    FROM ads.campaigns WHERE tenant = current_setting('app.tenant', true);
CREATE VIEW ads.export_tenants_v1 AS SELECT DISTINCT tenant FROM ads.campaigns;
"""


def upgrade() -> None:
    execute(TABLES)
    for table in ("campaigns", "audiences", "metrics"):
        tenant_table("ads", table)
    track_changes("ads", "campaigns")
    track_changes("ads", "metrics")
    create_gate_tables("ads")
    execute(EXPORTS)
    for view in ("export_metrics_v1", "export_campaigns_v1", "export_tenants_v1"):
        grant(f"SELECT ON ads.{view}", "promptsales_pipeline")
    grant("USAGE ON SCHEMA ads", "promptsales_pipeline")
    sql_files(Path(__file__).parents[2] / "sql" / "functions")


def downgrade() -> None:
    execute("DROP SCHEMA ads CASCADE")
