"""A context enters no other tenant's name than the one it serves."""

from kernel.migrations import execute, tenant_table

revision = "content_0002"
down_revision = "content_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tenant_table("content", "tenants", privileges="INSERT")


def downgrade() -> None:
    execute(
        """
        DROP POLICY tenant_isolation ON content.tenants;
        ALTER TABLE content.tenants NO FORCE ROW LEVEL SECURITY;
        ALTER TABLE content.tenants DISABLE ROW LEVEL SECURITY;
        """
    )
