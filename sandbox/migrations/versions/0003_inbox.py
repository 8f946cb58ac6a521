"""The inbox: notices that the system would send to people."""

from kernel.migrations import execute, tenant_table

revision = "sandbox_0003"
down_revision = "sandbox_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute(
        """
        CREATE TABLE sandbox.notices (
            tenant text NOT NULL,
            id text NOT NULL,
            event text NOT NULL,
            action_id text NOT NULL,
            title text NOT NULL,
            text text NOT NULL,
            language text NOT NULL,
            url text NOT NULL,
            readers text[] NOT NULL,
            occurred_at timestamptz NOT NULL,
            received_at timestamptz NOT NULL,
            PRIMARY KEY (tenant, id)
        );
        CREATE INDEX ON sandbox.notices (tenant, action_id, id);
        """
    )
    tenant_table("sandbox", "notices")


def downgrade() -> None:
    execute("DROP TABLE sandbox.notices")
