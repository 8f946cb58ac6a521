"""Assets with their versions and publications; what the pipeline reads of them."""

from kernel.gate.ledger import create_gate_tables
from kernel.migrations import execute, grant, tenant_table, track_changes

revision = "content_0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE content.assets (
    tenant text NOT NULL,
    id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('copy', 'image', 'video_storyboard')),
    client text NOT NULL CHECK (client <> ''),
    product text NOT NULL CHECK (product <> ''),
    title text NOT NULL CHECK (title <> ''),
    channel text NOT NULL,
    platform text,
    country text,
    audience text,
    language text NOT NULL CHECK (language IN ('en', 'es')),
    status text NOT NULL CHECK (status IN ('draft', 'published', 'retracted')),
    latest_version integer NOT NULL CHECK (latest_version >= 1),
    approved_version integer CHECK (approved_version BETWEEN 1 AND latest_version),
    rights_owner text,
    rights_licence text,
    rights_territories text[] NOT NULL DEFAULT '{}',
    rights_expires_on date,
    request_digest text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, id),
    CHECK ((rights_owner IS NULL) = (rights_licence IS NULL)),
    CHECK (rights_owner IS NOT NULL OR (rights_territories = '{}' AND rights_expires_on IS NULL))
);
COMMENT ON COLUMN content.assets.request_digest IS 'of what was asked for, to tell a repeated request from another';
CREATE INDEX assets_newest ON content.assets (tenant, created_at DESC, id DESC);
CREATE INDEX assets_by_client ON content.assets (tenant, lower(client), created_at DESC, id DESC);

CREATE TABLE content.asset_versions (
    tenant text NOT NULL,
    asset_id text NOT NULL,
    number integer NOT NULL CHECK (number >= 1),
    body text NOT NULL CHECK (body <> ''),
    headline text,
    call_to_action text,
    engine text NOT NULL CHECK (engine IN ('human', 'playbook', 'llm')),
    source text,
    note text,
    created_by text NOT NULL,
    created_via text,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, asset_id, number),
    FOREIGN KEY (tenant, asset_id) REFERENCES content.assets
);

CREATE TABLE content.publications (
    tenant text NOT NULL,
    action_id text NOT NULL,
    asset_id text NOT NULL,
    version integer NOT NULL,
    channel text NOT NULL,
    platform text NOT NULL,
    post_id text NOT NULL,
    url text NOT NULL,
    published_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, action_id),
    FOREIGN KEY (tenant, asset_id, version) REFERENCES content.asset_versions
);
CREATE INDEX publications_of_asset ON content.publications (tenant, asset_id, published_at DESC);

-- Who has assets: names alone, no tenant's data, so no row-level security. The pipeline starts from it.
CREATE TABLE content.tenants (tenant text PRIMARY KEY);
CREATE FUNCTION content.remember_tenant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO content.tenants VALUES (NEW.tenant) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER remember_tenant AFTER INSERT ON content.assets
    FOR EACH ROW EXECUTE FUNCTION content.remember_tenant();
"""

EXPORTS = """
CREATE VIEW content.export_assets_v1 WITH (security_barrier) AS
    SELECT tenant, change_id, id AS asset_id, client, product, kind, channel, language, status,
           latest_version AS version, updated_at
    FROM content.assets WHERE tenant = current_setting('app.tenant', true);
CREATE VIEW content.export_tenants_v1 AS SELECT tenant FROM content.tenants;
"""


def upgrade() -> None:
    execute(TABLES)
    tenant_table("content", "assets", privileges="SELECT, INSERT, UPDATE")
    tenant_table("content", "asset_versions", privileges="SELECT, INSERT")
    tenant_table("content", "publications", privileges="SELECT, INSERT")
    grant("INSERT ON content.tenants", "promptsales_content")
    track_changes("content", "assets")
    create_gate_tables("content")
    execute(EXPORTS)
    grant("USAGE ON SCHEMA content", "promptsales_pipeline")
    grant("SELECT ON content.export_assets_v1, content.export_tenants_v1", "promptsales_pipeline")


def downgrade() -> None:
    execute(
        """
        DROP VIEW content.export_assets_v1, content.export_tenants_v1;
        DROP TABLE content.publications, content.asset_versions, content.assets, content.tenants,
                   content.consumed_grants, content.executions;
        DROP FUNCTION content.remember_tenant(), content.stamp_change();
        """
    )
