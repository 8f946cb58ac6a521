-- The facts there were, in the tables of migration 0003: series, metrics, what leads and sales belong to, rollups.
CREATE TEMPORARY TABLE described ON COMMIT DROP AS
    SELECT tenant, 'ads.metrics' AS source, client, product, campaign_id, campaign_name AS campaign, platform, channel,
           country, region, audience, currency::text AS currency, line_item,
           date, spend, impressions, reach, clicks, conversions, 0 AS leads, 0 AS sales, 0::numeric AS revenue,
           NULL::text AS id
    FROM hub.metrics_before
    UNION ALL
    SELECT lead.tenant, 'crm.leads', lead.client, coalesce(campaign.product, ''), coalesce(lead.campaign_id, ''),
           coalesce(campaign.name, lead.campaign_id, ''), coalesce(campaign.platform, ''),
           coalesce(campaign.channel, ''), lead.country, lead.region, coalesce(campaign.audience, ''),
           coalesce(campaign.currency::text, ''), '', (lead.created_at AT TIME ZONE 'UTC')::date,
           0, 0, 0, 0, 0, 1, 0, 0, lead.lead_id
    FROM hub.fact_leads AS lead LEFT JOIN hub.campaigns AS campaign USING (tenant, campaign_id)
    UNION ALL
    SELECT sale.tenant, 'crm.sales', sale.client, coalesce(nullif(sale.product, ''), campaign.product, ''),
           coalesce(sale.campaign_id, ''), coalesce(campaign.name, sale.campaign_id, ''),
           coalesce(nullif(sale.platform, ''), campaign.platform, ''),
           coalesce(nullif(sale.channel, ''), campaign.channel, ''), sale.country, sale.region,
           coalesce(campaign.audience, ''), sale.currency::text, '', (sale.sold_at AT TIME ZONE 'UTC')::date,
           0, 0, 0, 0, 0, 0, 1, sale.amount, sale.sale_id
    FROM hub.fact_sales AS sale LEFT JOIN hub.campaigns AS campaign USING (tenant, campaign_id);

INSERT INTO hub.series (tenant, series_id, placement_id, group_id, source, client, product, campaign_id, campaign,
                        platform, channel, country, region, audience, currency, line_item)
    SELECT tenant, id, min(id) OVER (PARTITION BY tenant, source, campaign_id, region, line_item),
           min(id) OVER (PARTITION BY tenant, source, client, platform, channel, country, currency),
           source, client, product, campaign_id, campaign, platform, channel, country, region, audience, currency,
           line_item
    FROM (
        SELECT nextval('hub.series_id')::integer AS id, one.*
        FROM (
            SELECT DISTINCT tenant, source, client, product, campaign_id, campaign, platform, channel, country, region,
                            audience, currency, line_item
            FROM described
        ) AS one
    ) AS numbered;

CREATE TEMPORARY TABLE placed ON COMMIT DROP AS
    SELECT described.*, series.series_id, series.placement_id, series.group_id
    FROM described JOIN hub.series USING (tenant, source, client, product, campaign_id, campaign, platform, channel,
                                          country, region, audience, currency, line_item);

INSERT INTO hub.fact_metrics (tenant, date, placement_id, series_id, spend, impressions, reach, clicks, conversions)
    SELECT tenant, date, placement_id, series_id, spend, impressions, reach, clicks, conversions
    FROM placed WHERE source = 'ads.metrics' ORDER BY date, placement_id;
UPDATE hub.fact_leads AS lead SET series_id = placed.series_id FROM placed
    WHERE placed.source = 'crm.leads' AND (placed.tenant, placed.id) = (lead.tenant, lead.lead_id);
UPDATE hub.fact_sales AS sale SET series_id = placed.series_id FROM placed
    WHERE placed.source = 'crm.sales' AND (placed.tenant, placed.id) = (sale.tenant, sale.sale_id);

INSERT INTO hub.monthly_facts
    SELECT tenant, date_trunc('month', date)::date, series_id, source, nullif(client, ''), nullif(product, ''),
           nullif(campaign_id, ''), nullif(campaign, ''), nullif(platform, ''), nullif(channel, ''),
           nullif(country, ''), nullif(region, ''), nullif(audience, ''), nullif(currency, ''),
           count(*), sum(spend), sum(impressions), sum(reach), sum(clicks), sum(conversions), sum(leads), sum(sales),
           sum(revenue), 0, count(*) FILTER (WHERE spend <> 0), 0, count(*) FILTER (WHERE revenue <> 0)
    FROM placed
    GROUP BY tenant, date_trunc('month', date), series_id, source, client, product, campaign_id, campaign, platform,
             channel, country, region, audience, currency;
INSERT INTO hub.daily_totals
    SELECT tenant, date, group_id, source, nullif(client, ''), nullif(platform, ''), nullif(channel, ''),
           nullif(country, ''), nullif(currency, ''),
           count(*), sum(spend), sum(impressions), sum(reach), sum(clicks), sum(conversions), sum(leads), sum(sales),
           sum(revenue), 0, count(*) FILTER (WHERE spend <> 0), 0, count(*) FILTER (WHERE revenue <> 0)
    FROM placed
    GROUP BY tenant, date, group_id, source, client, platform, channel, country, currency;
INSERT INTO hub.monthly_totals
    SELECT tenant, date_trunc('month', date)::date, group_id, source, client, platform, channel, country, currency,
           sum(rows), sum(spend), sum(impressions), sum(reach), sum(clicks), sum(conversions), sum(leads), sum(sales),
           sum(revenue), sum(spend_reporting), sum(spend_unrated), sum(revenue_reporting), sum(revenue_unrated)
    FROM hub.daily_totals
    GROUP BY tenant, date_trunc('month', date), group_id, source, client, platform, channel, country, currency;

DROP TABLE placed, described, hub.metrics_before;
ALTER TABLE hub.fact_leads ALTER COLUMN series_id SET NOT NULL, FORCE ROW LEVEL SECURITY;
ALTER TABLE hub.fact_sales ALTER COLUMN series_id SET NOT NULL, FORCE ROW LEVEL SECURITY;
ALTER TABLE hub.campaigns FORCE ROW LEVEL SECURITY;
