"""Export views show nothing to functions before the tenant is checked.

Without `security_barrier`, PostgreSQL may call a cheap function of the reader's on rows that the view does not show.
"""

from kernel.migrations import execute

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    execute(
        """
        ALTER VIEW ads.export_metrics_v1 SET (security_barrier);
        ALTER VIEW ads.export_campaigns_v1 SET (security_barrier);
        """
    )


def downgrade() -> None:
    execute(
        """
        ALTER VIEW ads.export_campaigns_v1 RESET (security_barrier);
        ALTER VIEW ads.export_metrics_v1 RESET (security_barrier);
        """
    )
