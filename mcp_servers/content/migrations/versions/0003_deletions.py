"""The pipeline sees which assets were deleted, unless they exist again in the reader's own snapshot."""

from kernel.migrations import execute, grant, keep_deletions, track_deletions

revision = "content_0003"
down_revision = "content_0002"
branch_labels = None
depends_on = None

EXPORTS = """
CREATE VIEW content.export_deletions_v1 WITH (security_barrier) AS
    SELECT tenant, change_id, relation, key
    FROM content.deletions AS gone
    WHERE tenant = current_setting('app.tenant', true)
      AND NOT (relation = 'assets' AND EXISTS (
          SELECT FROM content.assets AS again
          WHERE again.tenant = gone.tenant AND again.id = gone.key ->> 'asset_id'));
"""


def upgrade() -> None:
    keep_deletions("content")
    track_deletions("content", "assets", "assets", {"asset_id": "id"})
    execute(EXPORTS)
    grant("SELECT ON content.export_deletions_v1", "promptsales_pipeline")


def downgrade() -> None:
    execute(
        """
        DROP VIEW content.export_deletions_v1;
        DROP FUNCTION content.note_deleted_assets() CASCADE;
        DROP TABLE content.deletions;
        """
    )
