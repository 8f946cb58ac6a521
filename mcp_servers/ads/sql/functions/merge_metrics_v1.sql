-- Merge the rows staged in the session's temporary table staged_metrics into campaigns and metrics.
-- Rows that are equal already stay untouched, so that nothing is brought to the hub again.
CREATE FUNCTION ads.merge_metrics_v1(OUT inserted bigint, OUT updated bigint, OUT unchanged bigint)
LANGUAGE plpgsql AS $$
DECLARE
    this_tenant text := current_setting('app.tenant');
BEGIN
    INSERT INTO ads.campaigns AS c
        (tenant, campaign_id, name, client, product, status, origin, start_date, end_date, currency, audience)
    SELECT this_tenant, campaign_id, max(campaign_name), max(client), max(product), 'ended', 'imported',
           min(date), max(date), max(currency), max(audience)
    FROM staged_metrics GROUP BY campaign_id
    ON CONFLICT (tenant, campaign_id) DO UPDATE SET
        name = excluded.name, client = excluded.client, product = excluded.product,
        start_date = least(c.start_date, excluded.start_date), end_date = greatest(c.end_date, excluded.end_date)
    WHERE c.origin = 'imported'
      AND (c.name, c.client, c.product) IS DISTINCT FROM (excluded.name, excluded.client, excluded.product)
       OR c.origin = 'imported' AND (excluded.start_date < c.start_date OR excluded.end_date > c.end_date);

    WITH merged AS (
        INSERT INTO ads.metrics AS m
            (tenant, date, campaign_id, region, line_item, platform, channel, country, audience, currency,
             spend, impressions, reach, clicks, conversions)
        SELECT this_tenant, date, campaign_id, region, line_item, platform, channel, country, audience, currency,
               spend, impressions, reach, clicks, conversions
        FROM staged_metrics
        ON CONFLICT (tenant, campaign_id, date, region, line_item) DO UPDATE SET
            platform = excluded.platform, channel = excluded.channel, country = excluded.country,
            audience = excluded.audience, currency = excluded.currency, spend = excluded.spend,
            impressions = excluded.impressions, reach = excluded.reach, clicks = excluded.clicks,
            conversions = excluded.conversions
        WHERE (m.platform, m.channel, m.country, m.audience, m.currency, m.spend, m.impressions, m.reach, m.clicks,
               m.conversions)
            IS DISTINCT FROM
              (excluded.platform, excluded.channel, excluded.country, excluded.audience, excluded.currency,
               excluded.spend, excluded.impressions, excluded.reach, excluded.clicks, excluded.conversions)
        RETURNING (xmax = 0) AS fresh
    )
    SELECT count(*) FILTER (WHERE fresh), count(*) FILTER (WHERE NOT fresh) INTO inserted, updated FROM merged;
    unchanged := (SELECT count(*) FROM staged_metrics) - inserted - updated;
END $$;
