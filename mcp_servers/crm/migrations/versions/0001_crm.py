"""Leads, their history, sales, messages sent, and what the pipeline reads of them."""

from kernel.gate.ledger import create_gate_tables
from kernel.migrations import execute, grant, tenant_table, track_changes

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE crm.leads (
    tenant text NOT NULL,
    lead_id text NOT NULL,
    created_at timestamptz NOT NULL,
    campaign_id text,
    client text NOT NULL,
    product text,
    source text NOT NULL,
    country text NOT NULL,
    region text NOT NULL DEFAULT '',
    email text NOT NULL,
    phone text,
    name text,
    status text NOT NULL CHECK (status IN ('new', 'contacted', 'qualified', 'proposal', 'won', 'lost')),
    language text NOT NULL CHECK (language IN ('en', 'es')),
    consent_email boolean NOT NULL DEFAULT false,
    consent_sms boolean NOT NULL DEFAULT false,
    consent_whatsapp boolean NOT NULL DEFAULT false,
    consent_at timestamptz,
    consent_source text,
    unsubscribed_at timestamptz,
    imported bytea,
    PRIMARY KEY (tenant, lead_id),
    CHECK (NOT (consent_email OR consent_sms OR consent_whatsapp)
           OR (consent_at IS NOT NULL AND consent_source IS NOT NULL))
);
COMMENT ON COLUMN crm.leads.imported IS 'Digest of the file row seen last; what changed here since is kept.';
CREATE INDEX leads_list ON crm.leads (tenant, created_at DESC, lead_id DESC);
CREATE INDEX leads_email ON crm.leads (tenant, email);

CREATE TABLE crm.stage_changes (
    tenant text NOT NULL,
    stage_change_id text NOT NULL,
    lead_id text NOT NULL,
    at timestamptz NOT NULL,
    previous text NOT NULL,
    stage text NOT NULL,
    reason text NOT NULL,
    by text NOT NULL,
    PRIMARY KEY (tenant, stage_change_id),
    FOREIGN KEY (tenant, lead_id) REFERENCES crm.leads
);
CREATE INDEX stage_changes_lead ON crm.stage_changes (tenant, lead_id, at);

CREATE TABLE crm.interactions (
    tenant text NOT NULL,
    interaction_id text NOT NULL,
    lead_id text NOT NULL,
    at timestamptz NOT NULL,
    channel text NOT NULL,
    direction text NOT NULL CHECK (direction IN ('inbound', 'outbound')),
    summary text NOT NULL,
    body text,
    by text NOT NULL,
    action_id text,
    PRIMARY KEY (tenant, interaction_id),
    FOREIGN KEY (tenant, lead_id) REFERENCES crm.leads
);
CREATE INDEX interactions_lead ON crm.interactions (tenant, lead_id, at);

CREATE TABLE crm.sales (
    tenant text NOT NULL,
    sale_id text NOT NULL,
    sold_at timestamptz NOT NULL,
    lead_id text,
    campaign_id text,
    client text NOT NULL,
    product text NOT NULL,
    country text NOT NULL,
    region text NOT NULL DEFAULT '',
    channel text,
    platform text,
    amount numeric(14, 2) NOT NULL CHECK (amount >= 0),
    currency char(3) NOT NULL,
    imported bytea,
    PRIMARY KEY (tenant, sale_id)
);
COMMENT ON COLUMN crm.sales.lead_id IS 'No foreign key: files bring sales whose leads are kept elsewhere.';
CREATE INDEX sales_lead ON crm.sales (tenant, lead_id) WHERE lead_id IS NOT NULL;

CREATE TABLE crm.messages (
    tenant text NOT NULL,
    action_id text NOT NULL,
    lead_id text NOT NULL,
    channel text NOT NULL,
    recipient text NOT NULL,
    subject text,
    body text NOT NULL,
    language text NOT NULL,
    ordered_at timestamptz NOT NULL DEFAULT now(),
    platform_id text,
    confirmed_at timestamptz,
    PRIMARY KEY (tenant, action_id),
    FOREIGN KEY (tenant, lead_id) REFERENCES crm.leads
);
COMMENT ON TABLE crm.messages IS 'What an approved action orders, fixed before its first attempt.';

CREATE TABLE crm.requests (
    tenant text NOT NULL,
    idempotency_key text NOT NULL,
    request_digest text NOT NULL,
    result_id text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, idempotency_key)
);

CREATE TABLE crm.tenants (tenant text PRIMARY KEY);
GRANT INSERT ON crm.tenants TO promptsales_crm;
CREATE FUNCTION crm.enter_tenant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO crm.tenants SELECT DISTINCT tenant FROM fresh ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER enter_tenant AFTER INSERT ON crm.leads REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION crm.enter_tenant();
CREATE TRIGGER enter_tenant AFTER INSERT ON crm.sales REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION crm.enter_tenant();
"""

EXPORTS = """
CREATE VIEW crm.export_leads_v1 AS
    SELECT tenant, change_id, lead_id, created_at, campaign_id, client, source, country, region, status
    FROM crm.leads WHERE tenant = current_setting('app.tenant', true);
CREATE VIEW crm.export_sales_v1 AS
    SELECT tenant, change_id, sale_id, sold_at, lead_id, campaign_id, client, product, country, region, channel,
           platform, amount, currency
    FROM crm.sales WHERE tenant = current_setting('app.tenant', true);
CREATE VIEW crm.export_tenants_v1 AS SELECT tenant FROM crm.tenants;
"""

APPENDED = "SELECT, INSERT"
CHANGED = "SELECT, INSERT, UPDATE"


def upgrade() -> None:
    execute(TABLES)
    tenant_table("crm", "leads", privileges=CHANGED)
    tenant_table("crm", "stage_changes", privileges=APPENDED)
    tenant_table("crm", "interactions", privileges=APPENDED)
    tenant_table("crm", "sales", privileges=CHANGED)
    tenant_table("crm", "messages", privileges=CHANGED)
    tenant_table("crm", "requests", privileges=APPENDED)
    track_changes("crm", "leads")
    track_changes("crm", "sales")
    create_gate_tables("crm")
    execute(EXPORTS)
    for view in ("export_leads_v1", "export_sales_v1", "export_tenants_v1"):
        grant(f"SELECT ON crm.{view}", "promptsales_pipeline")


def downgrade() -> None:
    execute("DROP SCHEMA crm CASCADE")
