"""Campaigns with their terms over time, posts, messages, idempotency keys, and injected faults.

`tenant` is the caller's account at the platform.
"""

from kernel.migrations import execute, grant, tenant_table

revision = "sandbox_0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = ("campaigns", "campaign_terms", "posts", "messages", "idempotency_keys")


def upgrade() -> None:
    execute(
        """
        CREATE TABLE sandbox.campaigns (
            tenant text NOT NULL,
            id text NOT NULL,
            name text NOT NULL,
            objective text NOT NULL,
            start_date date NOT NULL,
            end_date date NOT NULL CHECK (end_date >= start_date),
            currency text NOT NULL,
            external_ref text NOT NULL,
            launched_at timestamptz NOT NULL,
            seconds_per_day double precision NOT NULL CHECK (seconds_per_day > 0),
            PRIMARY KEY (tenant, id)
        );
        CREATE INDEX ON sandbox.campaigns (tenant, external_ref, id);

        CREATE TABLE sandbox.campaign_terms (
            tenant text NOT NULL,
            campaign_id text NOT NULL,
            number integer NOT NULL,
            from_day integer NOT NULL CHECK (from_day >= 0),
            paused boolean NOT NULL,
            line_items jsonb NOT NULL,
            PRIMARY KEY (tenant, campaign_id, number),
            FOREIGN KEY (tenant, campaign_id) REFERENCES sandbox.campaigns
        );

        CREATE TABLE sandbox.posts (
            tenant text NOT NULL,
            id text NOT NULL,
            channel text NOT NULL,
            title text NOT NULL,
            body text NOT NULL,
            asset_ref text NOT NULL,
            media jsonb NOT NULL,
            published_at timestamptz NOT NULL,
            PRIMARY KEY (tenant, id)
        );
        CREATE INDEX ON sandbox.posts (tenant, asset_ref, id);

        CREATE TABLE sandbox.messages (
            tenant text NOT NULL,
            id text NOT NULL,
            channel text NOT NULL,
            recipient text NOT NULL,
            subject text,
            body text NOT NULL,
            lead_ref text NOT NULL,
            sent_at timestamptz NOT NULL,
            PRIMARY KEY (tenant, id)
        );
        CREATE INDEX ON sandbox.messages (tenant, lead_ref, id);

        CREATE TABLE sandbox.idempotency_keys (
            tenant text NOT NULL,
            key text NOT NULL,
            request_digest text NOT NULL,
            status smallint,
            body text,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant, key)
        );

        CREATE TABLE sandbox.faults (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            account text,
            service text NOT NULL,
            kind text NOT NULL,
            method text,
            remaining integer NOT NULL CHECK (remaining >= 0),
            UNIQUE NULLS NOT DISTINCT (account, service, kind, method)
        );
        COMMENT ON COLUMN sandbox.faults.account IS 'the account they strike; null for every account';
        """
    )
    for table in TABLES:
        tenant_table("sandbox", table)
    grant("SELECT, INSERT, UPDATE, DELETE ON sandbox.faults", "promptsales_sandbox")


def downgrade() -> None:
    execute("DROP TABLE sandbox.faults")
    for table in reversed(TABLES):
        execute(f"DROP TABLE sandbox.{table}")
