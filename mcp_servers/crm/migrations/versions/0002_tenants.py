"""A context enters no other tenant's name than the one it serves; export views show nothing to functions before that.

Without `security_barrier`, PostgreSQL may call a cheap function of the reader's on rows that the view does not show.
"""

from kernel.migrations import execute, tenant_table

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    tenant_table("crm", "tenants", privileges="INSERT")
    execute(
        """
        ALTER VIEW crm.export_leads_v1 SET (security_barrier);
        ALTER VIEW crm.export_sales_v1 SET (security_barrier);
        """
    )


def downgrade() -> None:
    execute(
        """
        ALTER VIEW crm.export_sales_v1 RESET (security_barrier);
        ALTER VIEW crm.export_leads_v1 RESET (security_barrier);
        DROP POLICY tenant_isolation ON crm.tenants;
        ALTER TABLE crm.tenants NO FORCE ROW LEVEL SECURITY;
        ALTER TABLE crm.tenants DISABLE ROW LEVEL SECURITY;
        """
    )
