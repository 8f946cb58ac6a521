"""Tenants, users, clients, used assertions; the demonstration tenant."""

from kernel.migrations import execute, grant, tenant_table

revision = "0001"
down_revision = None


def upgrade() -> None:
    execute(
        """
        -- The catalogue of tenants itself: no tenant's data, so no row-level security.
        CREATE TABLE identity.tenants (
            tenant text PRIMARY KEY CHECK (tenant ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
            name text NOT NULL,
            time_zone text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now()
        );
        CREATE TABLE identity.users (
            tenant text NOT NULL REFERENCES identity.tenants,
            subject text NOT NULL CHECK (subject ~ '^user:[!-~]{1,190}$'),
            display_name text NOT NULL,
            roles text[] NOT NULL CHECK (
                cardinality(roles) > 0
                AND roles <@ ARRAY['marketer', 'sales_agent', 'reviewer', 'viewer', 'admin']
            ),
            disabled_at timestamptz,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant, subject)
        );
        CREATE TABLE identity.clients (
            client_id text PRIMARY KEY,
            secret_hash bytea CHECK (octet_length(secret_hash) = 32),
            public_keys jsonb CHECK (jsonb_typeof(public_keys -> 'keys') = 'array'),
            updated_at timestamptz NOT NULL DEFAULT now(),
            CHECK (secret_hash IS NULL OR public_keys IS NULL)
        );
        CREATE TABLE identity.used_assertions (
            client_id text NOT NULL REFERENCES identity.clients ON DELETE CASCADE,
            assertion_id text NOT NULL,
            expires_at timestamptz NOT NULL,
            PRIMARY KEY (client_id, assertion_id)
        );
        CREATE INDEX ON identity.used_assertions (expires_at);
        """
    )
    tenant_table("identity", "users", privileges="SELECT")
    grant("SELECT ON identity.tenants", "promptsales_identity")
    grant("SELECT, INSERT, UPDATE ON identity.clients", "promptsales_identity")
    grant("SELECT, INSERT, DELETE ON identity.used_assertions", "promptsales_identity")
    _seed()


def _seed() -> None:
    execute(
        """
        SELECT set_config('app.tenant', 'solid-demo', true);
        INSERT INTO identity.tenants (tenant, name, time_zone)
        VALUES ('solid-demo', 'SolidNY demo', 'America/New_York');
        INSERT INTO identity.users (tenant, subject, display_name, roles) VALUES
            ('solid-demo', 'user:marketer', 'Demo marketer', '{marketer}'),
            ('solid-demo', 'user:sales_agent', 'Demo sales agent', '{sales_agent}'),
            ('solid-demo', 'user:reviewer', 'Demo reviewer', '{reviewer}'),
            ('solid-demo', 'user:viewer', 'Demo viewer', '{viewer}'),
            ('solid-demo', 'user:admin', 'Demo administrator', '{admin}');
        """
    )


def downgrade() -> None:
    execute("DROP TABLE identity.used_assertions, identity.clients, identity.users, identity.tenants;")
