-- Say of the staged campaigns on which platform, on which channel and to whom they ran, where all their metrics agree.
SET check_function_bodies = off; -- staged is a temporary table of the session
CREATE FUNCTION hub.place_campaigns_v1() RETURNS void LANGUAGE sql AS $$
    UPDATE hub.campaigns campaign SET platform = found.platform, channel = found.channel, audience = found.audience
    FROM (
        SELECT tenant, campaign_id,
               CASE WHEN min(platform) = max(platform) THEN min(platform) ELSE '' END AS platform,
               CASE WHEN min(channel) = max(channel) THEN min(channel) ELSE '' END AS channel,
               CASE WHEN min(audience) = max(audience) THEN min(audience) ELSE '' END AS audience
        FROM hub.fact_metrics
        WHERE campaign_id IN (SELECT DISTINCT campaign_id FROM staged)
        GROUP BY tenant, campaign_id
    ) found
    WHERE (campaign.tenant, campaign.campaign_id) = (found.tenant, found.campaign_id)
      AND (campaign.platform, campaign.channel, campaign.audience)
          IS DISTINCT FROM (found.platform, found.channel, found.audience)
$$;
