"""The values that exist, for questions to be checked against; facts that say their source; a tenant's time zone."""

from pathlib import Path

from kernel.migrations import execute, grant, tenant_table

revision = "0002"
down_revision = "0001"

TABLES = """
CREATE TABLE hub.tenants (
    tenant text NOT NULL PRIMARY KEY,
    time_zone text NOT NULL DEFAULT 'UTC'
);
CREATE TABLE hub.dimension_values (
    tenant text NOT NULL, dimension text NOT NULL, value text NOT NULL,
    PRIMARY KEY (tenant, dimension, value)
);
COMMENT ON TABLE hub.dimension_values IS 'every value that facts have had; campaigns are in hub.campaigns';
ALTER TABLE hub.watermarks
    ADD COLUMN data_from date,
    ADD COLUMN data_version bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN hub.watermarks.data_version IS 'runs that brought rows: what a cache of the data is valid for';
CREATE INDEX fact_leads_day ON hub.fact_leads (tenant, ((created_at AT TIME ZONE 'UTC')::date));
CREATE INDEX fact_sales_day ON hub.fact_sales (tenant, ((sold_at AT TIME ZONE 'UTC')::date));
DROP FUNCTION hub.register_clients_v1();
"""

# Measures that a source does not have are 0, names that it does not have are NULL.
VIEWS = """
DROP VIEW hub.facts_v1;
CREATE VIEW hub.facts_v1 WITH (security_invoker = true) AS
    SELECT tenant, date, nullif(client, '') AS client, nullif(product, '') AS product, campaign_id,
           campaign_name AS campaign, nullif(platform, '') AS platform, nullif(channel, '') AS channel,
           nullif(country, '') AS country, nullif(region, '') AS region, nullif(audience, '') AS audience,
           currency::text AS currency, spend, impressions, reach, clicks, conversions, 0::bigint AS leads,
           0::bigint AS sales, 0::numeric AS revenue, 'ads.metrics'::text AS source
    FROM hub.fact_metrics
    UNION ALL
    SELECT lead.tenant, (lead.created_at AT TIME ZONE 'UTC')::date, nullif(lead.client, ''),
           nullif(campaign.product, ''), nullif(lead.campaign_id, ''),
           coalesce(campaign.name, nullif(lead.campaign_id, '')), nullif(campaign.platform, ''),
           nullif(campaign.channel, ''), nullif(lead.country, ''), nullif(lead.region, ''),
           nullif(campaign.audience, ''), campaign.currency::text, 0, 0, 0, 0, 0, 1, 0, 0, 'crm.leads'
    FROM hub.fact_leads lead LEFT JOIN hub.campaigns campaign USING (tenant, campaign_id)
    UNION ALL
    SELECT sale.tenant, (sale.sold_at AT TIME ZONE 'UTC')::date, nullif(sale.client, ''),
           coalesce(nullif(sale.product, ''), nullif(campaign.product, '')), nullif(sale.campaign_id, ''),
           coalesce(campaign.name, nullif(sale.campaign_id, '')),
           coalesce(nullif(sale.platform, ''), nullif(campaign.platform, '')),
           coalesce(nullif(sale.channel, ''), nullif(campaign.channel, '')), nullif(sale.country, ''),
           nullif(sale.region, ''), nullif(campaign.audience, ''), sale.currency::text, 0, 0, 0, 0, 0, 0, 1,
           sale.amount, 'crm.sales'
    FROM hub.fact_sales sale LEFT JOIN hub.campaigns campaign USING (tenant, campaign_id);
COMMENT ON VIEW hub.facts_v1 IS
    'measures a source does not have are 0, names it does not have are NULL; a lead has the currency of its campaign';
CREATE OR REPLACE VIEW hub.freshness_v1 WITH (security_invoker = true) AS
    SELECT tenant, source, last_run_at, watermark::text AS watermark, rows_total, data_through, data_from, data_version
    FROM hub.watermarks;
CREATE VIEW hub.values_v1 WITH (security_invoker = true) AS
    SELECT tenant, dimension, value, NULL::text AS id FROM hub.dimension_values
    UNION ALL
    SELECT tenant, 'campaign', name, campaign_id FROM hub.campaigns;
"""

# What earlier runs brought; their rows are seen here only by a role that row-level security does not bind.
BACKFILL = """
INSERT INTO hub.dimension_values (tenant, dimension, value)
    SELECT DISTINCT facts.tenant, named.dimension, named.value
    FROM hub.facts_v1 facts
    CROSS JOIN LATERAL (VALUES
        ('client', client), ('product', product), ('platform', platform), ('channel', channel),
        ('country', country), ('region', region), ('audience', audience),
        ('currency', CASE WHEN source <> 'crm.leads' THEN currency END)
    ) AS named (dimension, value)
    WHERE named.value IS NOT NULL
ON CONFLICT DO NOTHING;
UPDATE hub.watermarks SET data_version = 1, data_from = (
    SELECT min(date) FROM hub.facts_v1 facts
    WHERE (facts.tenant, facts.source) = (watermarks.tenant, watermarks.source)
) WHERE rows_total > 0;
"""

READ = ("tenants", "dimension_values", "facts_v1", "values_v1")


def upgrade() -> None:
    execute(TABLES)
    for table in ("tenants", "dimension_values"):
        tenant_table("hub", table)
    execute(VIEWS)
    execute(BACKFILL)
    for name in READ:
        grant(f"SELECT ON hub.{name}", "promptsales_analytics")


def downgrade() -> None:
    """The wider views and columns stay: what came before reads them as they are."""
    execute("DROP VIEW hub.values_v1; DROP TABLE hub.dimension_values, hub.tenants")
    execute("DROP INDEX hub.fact_leads_day, hub.fact_sales_day")
    execute((Path(__file__).parents[2] / "sql" / "functions" / "register_clients_v1.sql").read_text())
