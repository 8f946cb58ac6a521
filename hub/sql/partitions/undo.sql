-- Back to the tables of migration 0002. Metrics are read from their source again.
DROP VIEW hub.monthly_totals_v1, hub.daily_totals_v1, hub.monthly_facts_v1, hub.facts_v1, hub.facts_v2;
DROP FUNCTION hub.make_fact_month_v1(date);
DROP TABLE hub.fact_metrics, hub.monthly_totals, hub.daily_totals, hub.monthly_facts, hub.rates_in_force,
           hub.currency_rates, hub.series;
DROP SCHEMA hub_facts;
DROP SEQUENCE hub.series_id;
DROP INDEX hub.fact_leads_campaign, hub.fact_sales_campaign;
ALTER TABLE hub.fact_leads DROP COLUMN series_id;
ALTER TABLE hub.fact_sales DROP COLUMN series_id;
ALTER TABLE hub.tenants DROP COLUMN reporting_currency;
ALTER TABLE hub.watermarks DROP COLUMN mismatch;
DELETE FROM hub.watermarks WHERE source = 'ads.metrics';
CREATE TABLE hub.fact_metrics (
    tenant text NOT NULL, date date NOT NULL, campaign_id text NOT NULL, campaign_name text NOT NULL,
    client text NOT NULL, product text NOT NULL, platform text NOT NULL, channel text NOT NULL, country text NOT NULL,
    region text NOT NULL, audience text NOT NULL, currency char(3) NOT NULL, spend numeric(14, 2) NOT NULL,
    impressions bigint NOT NULL, reach bigint NOT NULL, clicks bigint NOT NULL, conversions bigint NOT NULL,
    line_item text NOT NULL,
    PRIMARY KEY (tenant, campaign_id, date, region, line_item)
);
CREATE INDEX ON hub.fact_metrics (tenant, date);
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
