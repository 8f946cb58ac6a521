-- What analytics reads. Measures a source does not have are 0, names it does not have are NULL; a lead has the currency
-- of its campaign. `rows` is how many facts a row adds up. An amount in the reporting currency is NULL when no rate is known; who does not ask for it pays nothing.
CREATE VIEW hub.facts_v2 WITH (security_invoker = true) AS
    SELECT fact.tenant, 'ads.metrics'::text AS source, fact.date,
           nullif(client, '') AS client, nullif(product, '') AS product, nullif(campaign_id, '') AS campaign_id,
           nullif(campaign, '') AS campaign, nullif(platform, '') AS platform, nullif(channel, '') AS channel,
           nullif(country, '') AS country, nullif(region, '') AS region, nullif(audience, '') AS audience,
           nullif(currency, '') AS currency, 1::bigint AS rows,
           spend::numeric AS spend, impressions, reach, clicks, conversions, 0::bigint AS leads, 0::bigint AS sales,
           0::numeric AS revenue,
           CASE WHEN spend = 0 THEN 0 ELSE spend * (
               SELECT rate FROM hub.rates_in_force AS known
               WHERE known.tenant = fact.tenant AND known.currency = series.currency AND known.date <= fact.date
               ORDER BY known.date DESC LIMIT 1) END AS spend_reporting,
           0::numeric AS revenue_reporting
    FROM hub.fact_metrics AS fact JOIN hub.series ON (series.tenant, series.series_id) = (fact.tenant, fact.series_id)
    UNION ALL
    SELECT fact.tenant, 'crm.leads', (fact.created_at AT TIME ZONE 'UTC')::date,
           nullif(series.client, ''), nullif(series.product, ''), nullif(series.campaign_id, ''),
           nullif(campaign, ''), nullif(platform, ''), nullif(channel, ''), nullif(series.country, ''),
           nullif(series.region, ''), nullif(audience, ''), nullif(currency, ''), 1,
           0, 0, 0, 0, 0, 1, 0, 0, 0, 0
    FROM hub.fact_leads AS fact JOIN hub.series ON (series.tenant, series.series_id) = (fact.tenant, fact.series_id)
    UNION ALL
    SELECT fact.tenant, 'crm.sales', (fact.sold_at AT TIME ZONE 'UTC')::date,
           nullif(series.client, ''), nullif(series.product, ''), nullif(series.campaign_id, ''),
           nullif(campaign, ''), nullif(series.platform, ''), nullif(series.channel, ''), nullif(series.country, ''),
           nullif(series.region, ''), nullif(audience, ''), nullif(series.currency, ''), 1,
           0, 0, 0, 0, 0, 0, 1, fact.amount, 0,
           CASE WHEN fact.amount = 0 THEN 0 ELSE fact.amount * (
               SELECT rate FROM hub.rates_in_force AS known
               WHERE known.tenant = fact.tenant AND known.currency = series.currency
                 AND known.date <= (fact.sold_at AT TIME ZONE 'UTC')::date
               ORDER BY known.date DESC LIMIT 1) END
    FROM hub.fact_sales AS fact JOIN hub.series ON (series.tenant, series.series_id) = (fact.tenant, fact.series_id);

CREATE VIEW hub.facts_v1 WITH (security_invoker = true) AS
    SELECT tenant, date, client, product, campaign_id, campaign, platform, channel, country, region, audience, currency,
           spend, impressions, reach, clicks, conversions, leads, sales, revenue, source
    FROM hub.facts_v2;

CREATE VIEW hub.monthly_facts_v1 WITH (security_invoker = true) AS
    SELECT tenant, source, date, client, product, campaign_id, campaign, platform, channel, country, region, audience,
           currency, rows, spend, impressions, reach, clicks, conversions, leads, sales, revenue,
           CASE WHEN spend_unrated = 0 THEN spend_reporting END AS spend_reporting,
           CASE WHEN revenue_unrated = 0 THEN revenue_reporting END AS revenue_reporting
    FROM hub.monthly_facts;

CREATE VIEW hub.daily_totals_v1 WITH (security_invoker = true) AS
    SELECT tenant, source, date, client, platform, channel, country, currency, rows, spend, impressions, reach, clicks,
           conversions, leads, sales, revenue,
           CASE WHEN spend_unrated = 0 THEN spend_reporting END AS spend_reporting,
           CASE WHEN revenue_unrated = 0 THEN revenue_reporting END AS revenue_reporting
    FROM hub.daily_totals;

CREATE VIEW hub.monthly_totals_v1 WITH (security_invoker = true) AS
    SELECT tenant, source, date, client, platform, channel, country, currency, rows, spend, impressions, reach, clicks,
           conversions, leads, sales, revenue,
           CASE WHEN spend_unrated = 0 THEN spend_reporting END AS spend_reporting,
           CASE WHEN revenue_unrated = 0 THEN revenue_reporting END AS revenue_reporting
    FROM hub.monthly_totals;

COMMENT ON VIEW hub.facts_v2 IS 'daily facts; amounts in their own currency and in the tenant''s reporting currency';
COMMENT ON VIEW hub.monthly_facts_v1 IS 'the same facts added up by month; date is its first day';
COMMENT ON VIEW hub.daily_totals_v1 IS 'the same facts by day without product, campaign, region and audience';
COMMENT ON VIEW hub.monthly_totals_v1 IS 'the same by month; date is its first day';
