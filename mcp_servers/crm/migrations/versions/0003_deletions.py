"""The pipeline sees which leads and sales were deleted, unless they exist again in the reader's own snapshot."""

from kernel.migrations import execute, grant, keep_deletions, track_deletions

revision = "0003"
down_revision = "0002"

EXPORTS = """
CREATE VIEW crm.export_deletions_v1 WITH (security_barrier) AS
    SELECT tenant, change_id, relation, key
    FROM crm.deletions AS gone
    WHERE tenant = current_setting('app.tenant', true)
      AND NOT (relation = 'leads' AND EXISTS (
          SELECT FROM crm.leads AS again
          WHERE again.tenant = gone.tenant AND again.lead_id = gone.key ->> 'lead_id'))
      AND NOT (relation = 'sales' AND EXISTS (
          SELECT FROM crm.sales AS again
          WHERE again.tenant = gone.tenant AND again.sale_id = gone.key ->> 'sale_id'));
"""


def upgrade() -> None:
    keep_deletions("crm")
    track_deletions("crm", "leads", "leads", {"lead_id": "lead_id"})
    track_deletions("crm", "sales", "sales", {"sale_id": "sale_id"})
    execute(EXPORTS)
    grant("SELECT ON crm.export_deletions_v1", "promptsales_pipeline")


def downgrade() -> None:
    execute(
        """
        DROP VIEW crm.export_deletions_v1;
        DROP FUNCTION crm.note_deleted_leads(), crm.note_deleted_sales() CASCADE;
        DROP TABLE crm.deletions;
        """
    )
