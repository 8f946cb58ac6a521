"""A journal of effects by idempotency key, and which kind of platform an account meets."""

from kernel.migrations import execute, grant, tenant_table

revision = "sandbox_0002"
down_revision = "sandbox_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute(
        """
        CREATE TABLE sandbox.effects (
            tenant text NOT NULL,
            id bigint GENERATED ALWAYS AS IDENTITY,
            key text NOT NULL,
            object_id text NOT NULL,
            at timestamptz NOT NULL,
            PRIMARY KEY (tenant, id)
        );
        COMMENT ON TABLE sandbox.effects IS 'A row for each time a write changed something, under its key.';
        CREATE INDEX ON sandbox.effects (tenant, key, object_id);

        CREATE TABLE sandbox.platform_kinds (
            account text,
            service text NOT NULL,
            kind text NOT NULL,
            UNIQUE NULLS NOT DISTINCT (account, service)
        );
        COMMENT ON COLUMN sandbox.platform_kinds.account IS 'the account that meets it; null for every account';
        """
    )
    tenant_table("sandbox", "effects", privileges="SELECT, INSERT")
    grant("SELECT, INSERT, UPDATE, DELETE ON sandbox.platform_kinds", "promptsales_sandbox")


def downgrade() -> None:
    execute("DROP TABLE sandbox.platform_kinds")
    execute("DROP TABLE sandbox.effects")
