-- Campaigns that may have new metrics on the platform, of every tenant: what the insights fetcher works through.
CREATE FUNCTION ads.live_campaigns_v1()
RETURNS TABLE (tenant text, campaign_id text, platform_id text, insights_cursor text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ads, pg_temp AS $$
    SELECT tenant, campaign_id, platform_id, insights_cursor FROM ads.campaigns
    WHERE platform_id IS NOT NULL AND status IN ('active', 'paused')
$$;
REVOKE ALL ON FUNCTION ads.live_campaigns_v1() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ads.live_campaigns_v1() TO promptsales_ads;
