"""The pipeline sees what was deleted, and finds changed metrics without looking at all of them.

A key that exists again is left out of the deletions, in the reader's own snapshot: the row says what holds.
`export_metrics_v2` has the campaign's change beside the row's own, each of which an index finds.
"""

from kernel.migrations import execute, grant, keep_deletions, track_deletions

revision = "0003"
down_revision = "0002"

EXPORTS = """
CREATE VIEW ads.export_deletions_v1 WITH (security_barrier) AS
    SELECT tenant, change_id, relation, key
    FROM ads.deletions AS gone
    WHERE tenant = current_setting('app.tenant', true)
      AND NOT (relation = 'campaigns' AND EXISTS (
          SELECT FROM ads.campaigns AS again
          WHERE again.tenant = gone.tenant AND again.campaign_id = gone.key ->> 'campaign_id'))
      AND NOT (relation = 'metrics' AND EXISTS (
          SELECT FROM ads.metrics AS again
          WHERE again.tenant = gone.tenant AND again.campaign_id = gone.key ->> 'campaign_id'
            AND again.date = (gone.key ->> 'date')::date AND again.region = gone.key ->> 'region'
            AND again.line_item = gone.key ->> 'line_item'));
CREATE VIEW ads.export_metrics_v2 WITH (security_barrier) AS
    SELECT metrics.tenant, metrics.change_id, campaigns.change_id AS campaign_change_id, metrics.date,
           metrics.campaign_id, campaigns.name AS campaign_name, campaigns.client, campaigns.product,
           metrics.platform, metrics.channel, metrics.country, metrics.region, metrics.audience, metrics.currency,
           metrics.spend, metrics.impressions, metrics.reach, metrics.clicks, metrics.conversions, metrics.line_item
    FROM ads.metrics JOIN ads.campaigns USING (tenant, campaign_id)
    WHERE tenant = current_setting('app.tenant', true);
CREATE INDEX metrics_by_day ON ads.metrics (tenant, date);
COMMENT ON INDEX ads.metrics_by_day IS 'a month of the export, to be compared with what the hub has of it';
"""


def upgrade() -> None:
    keep_deletions("ads")
    track_deletions("ads", "campaigns", "campaigns", {"campaign_id": "campaign_id"})
    track_deletions(
        "ads", "metrics", "metrics", {name: name for name in ("campaign_id", "date", "region", "line_item")}
    )
    execute(EXPORTS)
    grant("SELECT ON ads.export_deletions_v1, ads.export_metrics_v2", "promptsales_pipeline")


def downgrade() -> None:
    execute(
        """
        DROP INDEX ads.metrics_by_day;
        DROP VIEW ads.export_metrics_v2, ads.export_deletions_v1;
        DROP FUNCTION ads.note_deleted_metrics(), ads.note_deleted_campaigns() CASCADE;
        DROP TABLE ads.deletions;
        """
    )
