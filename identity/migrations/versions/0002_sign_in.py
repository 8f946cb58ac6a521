"""People sign in: passwords, browser sessions, codes, refresh tokens by family, invitations, revocations, clients.

Opaque secrets (codes, refresh tokens, session cookies, invitations) name their tenant in clear: `kind_tenant.random`.
They are looked up in that tenant's transaction; only their SHA-256 is stored. Two look-ups cross tenants: which
accounts an e-mail address has, and which tenants there are. They are functions of a role nobody can log in as.
"""

from kernel.migrations import execute, grant, tenant_table

revision = "0002"
down_revision = "0001"

_SERVICE = "promptsales_identity"
_DIRECTORY = "promptsales_identity_directory"


def upgrade() -> None:
    _tenants()
    _users()
    _sign_ins()
    _clients()
    _directory()


def _tenants() -> None:
    execute(
        """
        ALTER TABLE identity.tenants
            ADD COLUMN operator boolean NOT NULL DEFAULT false,
            ADD COLUMN disabled_at timestamptz;
        CREATE UNIQUE INDEX one_operator ON identity.tenants (operator) WHERE operator;
        SELECT set_config('app.tenant', 'solid-demo', true);
        UPDATE identity.tenants SET operator = true WHERE tenant = 'solid-demo';
        """
    )
    tenant_table("identity", "tenants", privileges="SELECT, INSERT, UPDATE")


def _users() -> None:
    execute(
        """
        ALTER TABLE identity.users
            ADD COLUMN email text CHECK (email = lower(email) AND email ~ '^[^@\\s]+@[^@\\s]+$'),
            ADD COLUMN password_hash text CHECK (password_hash LIKE '$argon2id$%'),
            ADD COLUMN password_changed_at timestamptz,
            ADD COLUMN language text NOT NULL DEFAULT 'en' CHECK (language IN ('en', 'es')),
            ADD COLUMN failed_logins integer NOT NULL DEFAULT 0 CHECK (failed_logins >= 0),
            ADD COLUMN locked_until timestamptz,
            ADD UNIQUE (tenant, email);
        CREATE INDEX ON identity.users (email);
        UPDATE identity.users SET email = substr(subject, 6) || '@demo.example' WHERE tenant = 'solid-demo';
        CREATE TABLE identity.invitations (
            tenant text NOT NULL REFERENCES identity.tenants,
            id text NOT NULL,
            secret_hash bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
            email text NOT NULL CHECK (email = lower(email) AND email ~ '^[^@\\s]+@[^@\\s]+$'),
            roles text[] NOT NULL CHECK (
                cardinality(roles) > 0
                AND roles <@ ARRAY['marketer', 'sales_agent', 'reviewer', 'viewer', 'admin']
            ),
            language text NOT NULL CHECK (language IN ('en', 'es')),
            invited_by text NOT NULL,
            subject text,  -- the user who gets a new password; NULL invites somebody who is no user yet
            created_at timestamptz NOT NULL DEFAULT now(),
            expires_at timestamptz NOT NULL,
            accepted_at timestamptz,
            revoked_at timestamptz,
            PRIMARY KEY (tenant, id),
            UNIQUE (tenant, secret_hash),
            FOREIGN KEY (tenant, subject) REFERENCES identity.users,
            CHECK (accepted_at IS NULL OR revoked_at IS NULL)
        );
        """
    )
    grant("INSERT, UPDATE ON identity.users", _SERVICE)
    tenant_table("identity", "invitations", privileges="SELECT, INSERT, UPDATE")


def _sign_ins() -> None:
    execute(
        """
        CREATE TABLE identity.browser_sessions (
            tenant text NOT NULL,
            secret_hash bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
            subject text NOT NULL,
            signed_in_at timestamptz NOT NULL DEFAULT now(),
            expires_at timestamptz NOT NULL,
            ended_at timestamptz,
            PRIMARY KEY (tenant, secret_hash),
            FOREIGN KEY (tenant, subject) REFERENCES identity.users
        );
        -- One row for each time a person lets a client act: all its refresh and access tokens carry family_id as `sid`.
        CREATE TABLE identity.families (
            tenant text NOT NULL,
            family_id text NOT NULL,
            subject text NOT NULL,
            client_id text NOT NULL,
            client_name text NOT NULL,
            resources text[] NOT NULL CHECK (cardinality(resources) > 0),
            scopes text[] NOT NULL,
            browser_session bytea,
            signed_in_at timestamptz NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            expires_at timestamptz NOT NULL,
            revoked_at timestamptz,
            revoked_because text,
            PRIMARY KEY (tenant, family_id),
            FOREIGN KEY (tenant, subject) REFERENCES identity.users,
            FOREIGN KEY (tenant, browser_session) REFERENCES identity.browser_sessions,
            CHECK ((revoked_at IS NULL) = (revoked_because IS NULL))
        );
        CREATE INDEX ON identity.families (tenant, subject);
        CREATE INDEX ON identity.families (tenant, browser_session);
        CREATE TABLE identity.codes (
            tenant text NOT NULL,
            secret_hash bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
            family_id text NOT NULL,
            redirect_uri text NOT NULL,
            code_challenge text NOT NULL CHECK (code_challenge ~ '^[A-Za-z0-9_-]{43}$'),
            nonce text,
            expires_at timestamptz NOT NULL,
            used_at timestamptz,
            PRIMARY KEY (tenant, secret_hash),
            FOREIGN KEY (tenant, family_id) REFERENCES identity.families ON DELETE CASCADE
        );
        CREATE TABLE identity.refresh_tokens (
            tenant text NOT NULL,
            secret_hash bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
            family_id text NOT NULL,
            issued_at timestamptz NOT NULL DEFAULT now(),
            expires_at timestamptz NOT NULL,
            used_at timestamptz,
            PRIMARY KEY (tenant, secret_hash),
            FOREIGN KEY (tenant, family_id) REFERENCES identity.families ON DELETE CASCADE
        );
        CREATE INDEX ON identity.refresh_tokens (tenant, family_id);
        -- What the denylist in Redis is filled from again. Values are random ids or hashes: no tenant's data.
        CREATE TABLE identity.revocations (
            kind text NOT NULL CHECK (kind IN ('token', 'session', 'subject', 'client')),
            value text NOT NULL,
            revoked_at timestamptz NOT NULL DEFAULT now(),
            expires_at timestamptz NOT NULL,
            PRIMARY KEY (kind, value)
        );
        CREATE INDEX ON identity.revocations (expires_at);
        """
    )
    tenant_table("identity", "browser_sessions")
    tenant_table("identity", "families")
    tenant_table("identity", "codes")
    tenant_table("identity", "refresh_tokens")
    grant("SELECT, INSERT, UPDATE, DELETE ON identity.revocations", _SERVICE)


def _clients() -> None:
    execute(
        """
        ALTER TABLE identity.clients
            ADD COLUMN source text NOT NULL DEFAULT 'built-in' CHECK (source IN ('built-in', 'registered', 'dynamic')),
            ADD COLUMN name text,
            ADD COLUMN redirect_uris text[] NOT NULL DEFAULT '{}',
            ADD COLUMN grants text[] NOT NULL DEFAULT '{}',
            ADD COLUMN resources text[] NOT NULL DEFAULT '{}',
            ADD COLUMN machine_tenant text REFERENCES identity.tenants,
            ADD COLUMN machine_roles text[] NOT NULL DEFAULT '{}'
                CHECK (machine_roles <@ ARRAY['marketer', 'sales_agent', 'viewer']),
            ADD COLUMN disabled_at timestamptz,
            ADD COLUMN created_at timestamptz NOT NULL DEFAULT now(),
            ADD COLUMN last_used_at timestamptz,
            ADD CHECK (source = 'built-in' OR name IS NOT NULL),
            ADD CHECK ((machine_tenant IS NULL) = (cardinality(machine_roles) = 0));
        COMMENT ON COLUMN identity.clients.machine_tenant IS
            'Set for a client that acts unattended, by client credentials, in that tenant and with machine_roles';
        COMMENT ON COLUMN identity.clients.last_used_at IS
            'Kept, to the day, for clients that registered themselves: unused ones are deleted';
        """
    )
    grant("DELETE ON identity.clients", _SERVICE)


def _directory() -> None:
    execute(
        f"""
        DO $$ BEGIN
            IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{_DIRECTORY}') THEN
                CREATE ROLE {_DIRECTORY} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
            END IF;
            IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
                GRANT {_DIRECTORY} TO CURRENT_USER WITH INHERIT FALSE, SET TRUE;
            END IF;
        END $$;
        GRANT USAGE ON SCHEMA identity TO {_DIRECTORY};
        GRANT SELECT ON identity.tenants TO {_DIRECTORY};
        GRANT SELECT (tenant, subject, email, disabled_at) ON identity.users TO {_DIRECTORY};
        CREATE POLICY directory ON identity.tenants FOR SELECT TO {_DIRECTORY} USING (true);
        CREATE POLICY directory ON identity.users FOR SELECT TO {_DIRECTORY} USING (true);
        CREATE FUNCTION identity.accounts_v1(address text) RETURNS TABLE (tenant text, subject text)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
            SELECT found.tenant, found.subject
            FROM identity.users AS found JOIN identity.tenants AS home USING (tenant)
            WHERE found.email = address AND found.disabled_at IS NULL AND home.disabled_at IS NULL
            ORDER BY found.tenant
        $$;
        CREATE FUNCTION identity.list_tenants_v1() RETURNS SETOF identity.tenants
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
            SELECT * FROM identity.tenants ORDER BY tenant
        $$;
        """  # noqa: S608 - the name is the constant above
    )
    execute(f"GRANT CREATE ON SCHEMA identity TO {_DIRECTORY}")
    for function in ("accounts_v1", "list_tenants_v1"):
        execute(f"REVOKE EXECUTE ON FUNCTION identity.{function} FROM PUBLIC")
        grant(f"EXECUTE ON FUNCTION identity.{function}", _SERVICE)
        execute(f"ALTER FUNCTION identity.{function} OWNER TO {_DIRECTORY}")
    execute(f"REVOKE CREATE ON SCHEMA identity FROM {_DIRECTORY}")


def downgrade() -> None:
    execute(
        """
        DROP FUNCTION identity.list_tenants_v1, identity.accounts_v1;
        DROP POLICY directory ON identity.users;
        DROP POLICY directory ON identity.tenants;
        DROP TABLE identity.revocations, identity.refresh_tokens, identity.codes, identity.families,
            identity.browser_sessions, identity.invitations;
        DROP POLICY tenant_isolation ON identity.tenants;
        ALTER TABLE identity.tenants NO FORCE ROW LEVEL SECURITY;
        ALTER TABLE identity.tenants DISABLE ROW LEVEL SECURITY;
        ALTER TABLE identity.tenants DROP COLUMN operator, DROP COLUMN disabled_at;
        ALTER TABLE identity.users DROP COLUMN email, DROP COLUMN password_hash, DROP COLUMN password_changed_at,
            DROP COLUMN language, DROP COLUMN failed_logins, DROP COLUMN locked_until;
        ALTER TABLE identity.clients DROP COLUMN source, DROP COLUMN name, DROP COLUMN redirect_uris,
            DROP COLUMN grants, DROP COLUMN resources, DROP COLUMN machine_tenant, DROP COLUMN machine_roles,
            DROP COLUMN disabled_at, DROP COLUMN created_at,
            DROP COLUMN last_used_at;
        """
    )
