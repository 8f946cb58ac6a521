"""The outbox of notices: what people should hear of, written with the audit entry it is about, and each delivery of it.

The courier's functions serve every tenant, as a role nobody can log in as.
"""

from pathlib import Path

from kernel.migrations import execute, grant, tenant_table

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_FUNCTIONS = Path(__file__).parents[2] / "sql" / "functions"
_API = "promptsales_approvals"
_ARCHIVIST, _COURIER = "promptsales_approvals_archivist", "promptsales_approvals_courier"
_COURIER_FUNCTIONS = ("route_notices_v1", "claim_notices_v1", "finish_notice_v1", "sweep_notices_v1")

_ROLE = f"""
DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{_COURIER}') THEN
        CREATE ROLE {_COURIER} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
    END IF;
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        GRANT {_COURIER} TO CURRENT_USER WITH INHERIT FALSE, SET TRUE;
    END IF;
END $$;
GRANT USAGE, CREATE ON SCHEMA approvals TO {_COURIER};
"""  # noqa: S608 - the names are the constants above

_TABLES = """
CREATE TABLE approvals.notices (
    tenant text NOT NULL,
    seq bigint NOT NULL,
    id text NOT NULL,
    event text NOT NULL,
    action_id text NOT NULL,
    revision integer NOT NULL,
    summary text NOT NULL,
    proposer text,
    at timestamptz NOT NULL,
    routed_at timestamptz,
    PRIMARY KEY (tenant, seq)
);
COMMENT ON COLUMN approvals.notices.seq IS 'of the audit entry it tells of';
COMMENT ON COLUMN approvals.notices.id IS 'the same whenever and however often it is sent';
CREATE INDEX notices_new ON approvals.notices (at) WHERE routed_at IS NULL;
CREATE INDEX notices_by_age ON approvals.notices (at);

CREATE TABLE approvals.notice_deliveries (
    tenant text NOT NULL,
    seq bigint NOT NULL,
    channel text NOT NULL,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'dead')),
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    error text,
    delivered_at timestamptz,
    PRIMARY KEY (tenant, seq, channel),
    FOREIGN KEY (tenant, seq) REFERENCES approvals.notices (tenant, seq) ON DELETE CASCADE
);
CREATE INDEX deliveries_due ON approvals.notice_deliveries (due_at) WHERE state = 'pending';
"""

_COURIERS_ACCESS = f"""
GRANT SELECT (tenant, id, summary, proposer) ON approvals.actions TO {_COURIER};
CREATE POLICY every_tenant_told ON approvals.actions FOR SELECT TO {_COURIER} USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON approvals.notices TO {_COURIER};
GRANT SELECT, INSERT, UPDATE ON approvals.notice_deliveries TO {_COURIER};
CREATE POLICY every_tenant ON approvals.notices TO {_COURIER} USING (true) WITH CHECK (true);
CREATE POLICY every_tenant ON approvals.notice_deliveries TO {_COURIER} USING (true) WITH CHECK (true);
"""

_TRIGGER = f"""
SET LOCAL ROLE {_ARCHIVIST};
CREATE TRIGGER notice AFTER INSERT ON approvals.audit FOR EACH ROW
    WHEN (NEW.event IN ('proposed', 'edited', 'drifted', 'reminded', 'escalated', 'approved', 'rejected', 'succeeded',
        'failed', 'failed_partial', 'unknown', 'expired', 'cancelled', 'broke_glass', 'review_due'))
    EXECUTE FUNCTION approvals.notice_audit_v1();
RESET ROLE;
"""


def upgrade() -> None:
    execute(_ROLE)
    execute(_TABLES)
    for table in ("notices", "notice_deliveries"):
        tenant_table("approvals", table, _API, privileges="SELECT")
    execute(_COURIERS_ACCESS)
    for name in ("notice_audit_v1", *_COURIER_FUNCTIONS):
        execute((_FUNCTIONS / f"{name}.sql").read_text())
        execute(f"REVOKE ALL ON FUNCTION approvals.{name} FROM PUBLIC")
        grant(f"EXECUTE ON FUNCTION approvals.{name}", _ARCHIVIST if name == "notice_audit_v1" else _API)
        execute(f"ALTER FUNCTION approvals.{name} OWNER TO {_COURIER}")
    execute(_TRIGGER)
    execute(f"REVOKE CREATE ON SCHEMA approvals FROM {_COURIER}")
