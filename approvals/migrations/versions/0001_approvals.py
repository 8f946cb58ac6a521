"""The approval queue: actions, their revisions, decisions on them, and the audit chain.

Rows are written by functions only. These run as one of two roles that nobody can log in as: the writer, which row-level
security holds to the present tenant, and the dispatcher, which serves every tenant for the executor.
"""

from pathlib import Path

from kernel.migrations import execute, grant, tenant_table

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_FUNCTIONS = Path(__file__).parents[2] / "sql" / "functions"
_API, _EXECUTOR = "promptsales_approvals", "promptsales_executor"
_WRITER, _DISPATCHER = "promptsales_approvals_writer", "promptsales_approvals_dispatcher"

_CHECKS = (
    "digest_v1",
    "audit_hash_v1",
    "broken_audit_v1",
    "chain_audit_v1",
    "refuse_change_v1",
    "is_approved_v1",
    "check_payload_v1",
    "lock_action_v1",
    "guard_payload_v1",
    "guard_state_v1",
    "guard_approval_v1",
    "guard_revision_v1",
    "guard_decision_v1",
    "record_action_v1",
    "record_decision_v1",
)
_WRITER_FUNCTIONS = ("propose_action_v1", "decide_action_v1", "edit_action_v1", "cancel_action_v1")
_DISPATCHER_FUNCTIONS = ("claim_action_v1", "finish_action_v1", "defer_action_v1", "expire_actions_v1")

_TABLES = """
CREATE TABLE approvals.actions (
    tenant text NOT NULL CHECK (tenant <> ''),
    id text NOT NULL,
    server text NOT NULL,
    tool text NOT NULL,
    tool_schema_hash text NOT NULL,
    canonical bytea NOT NULL,
    digest text NOT NULL CHECK (digest ~ '^sha256:[0-9a-f]{64}$'),
    args jsonb NOT NULL,
    target_account text NOT NULL,
    target_state_digest text NOT NULL,
    exposure jsonb NOT NULL,
    amount numeric GENERATED ALWAYS AS ((exposure ->> 'amount')::numeric) STORED,
    currency text GENERATED ALWAYS AS (exposure ->> 'currency') STORED,
    client text GENERATED ALWAYS AS (exposure ->> 'client') STORED,
    campaign_id text GENERATED ALWAYS AS (exposure ->> 'campaign_id') STORED,
    summary text NOT NULL,
    reversible boolean NOT NULL,
    evidence jsonb NOT NULL CHECK (jsonb_typeof(evidence) = 'array'),
    proposer text NOT NULL,
    actors text[] NOT NULL,
    client_id text NOT NULL,
    idempotency_key text,
    revision integer NOT NULL DEFAULT 1,
    state text NOT NULL DEFAULT 'PENDING' CHECK (state IN (
        'PENDING', 'APPROVED', 'REJECTED', 'EXPIRED', 'CANCELLED', 'EXECUTING', 'SUCCEEDED', 'FAILED', 'UNKNOWN')),
    required_approvals integer NOT NULL CHECK (required_approvals BETWEEN 1 AND 10),
    policy_version text NOT NULL,
    expires_at timestamptz NOT NULL,
    lease_until timestamptz,
    fence bigint NOT NULL DEFAULT 0,
    attempts integer NOT NULL DEFAULT 0,
    receipt jsonb,
    reason text,
    changed_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    decided_at timestamptz,
    finished_at timestamptz,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, server, tool, idempotency_key),
    CHECK ((amount IS NULL) = (currency IS NULL))
);
CREATE INDEX actions_newest ON approvals.actions (tenant, created_at DESC, id DESC);
CREATE INDEX actions_by_state ON approvals.actions (tenant, state, created_at DESC, id DESC);
CREATE INDEX actions_due ON approvals.actions (coalesce(lease_until, decided_at))
    WHERE state IN ('APPROVED', 'EXECUTING');
CREATE INDEX actions_expiring ON approvals.actions (expires_at) WHERE state IN ('PENDING', 'APPROVED');

CREATE TABLE approvals.revisions (
    tenant text NOT NULL,
    action_id text NOT NULL,
    revision integer NOT NULL CHECK (revision >= 1),
    canonical bytea NOT NULL,
    digest text NOT NULL,
    exposure jsonb NOT NULL,
    summary text NOT NULL,
    policy_version text NOT NULL,
    editor text,
    reason text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant, action_id, revision),
    UNIQUE (tenant, action_id, revision, digest),
    FOREIGN KEY (tenant, action_id) REFERENCES approvals.actions (tenant, id)
);
ALTER TABLE approvals.actions ADD FOREIGN KEY (tenant, id, revision, digest)
    REFERENCES approvals.revisions (tenant, action_id, revision, digest) DEFERRABLE INITIALLY DEFERRED;

CREATE TABLE approvals.decisions (
    tenant text NOT NULL,
    action_id text NOT NULL,
    revision integer NOT NULL,
    digest text NOT NULL,
    decision text NOT NULL CHECK (decision IN ('approve', 'reject')),
    reviewer text NOT NULL CHECK (reviewer <> ''),
    client_id text NOT NULL,
    reason text CHECK (decision = 'approve' OR reason <> ''),
    decided_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant, action_id, revision, reviewer),
    FOREIGN KEY (tenant, action_id, revision, digest)
        REFERENCES approvals.revisions (tenant, action_id, revision, digest)
);

CREATE TABLE approvals.audit (
    tenant text NOT NULL,
    seq bigint NOT NULL,
    at timestamptz NOT NULL,
    event text NOT NULL,
    action_id text NOT NULL,
    revision integer NOT NULL,
    digest text NOT NULL,
    actor text NOT NULL,
    detail jsonb NOT NULL,
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (tenant, seq)
);
CREATE INDEX audit_by_action ON approvals.audit (tenant, action_id, seq);
"""

_TRIGGERS = """
CREATE TRIGGER guard_1_payload BEFORE INSERT OR UPDATE ON approvals.actions
    FOR EACH ROW EXECUTE FUNCTION approvals.guard_payload_v1();
CREATE TRIGGER guard_2_state BEFORE INSERT OR UPDATE ON approvals.actions
    FOR EACH ROW EXECUTE FUNCTION approvals.guard_state_v1();
CREATE TRIGGER guard_3_approval BEFORE UPDATE ON approvals.actions
    FOR EACH ROW EXECUTE FUNCTION approvals.guard_approval_v1();
CREATE TRIGGER record AFTER INSERT OR UPDATE ON approvals.actions
    FOR EACH ROW EXECUTE FUNCTION approvals.record_action_v1();
CREATE TRIGGER guard_revision BEFORE INSERT ON approvals.revisions
    FOR EACH ROW EXECUTE FUNCTION approvals.guard_revision_v1();
CREATE TRIGGER guard_decision BEFORE INSERT ON approvals.decisions
    FOR EACH ROW EXECUTE FUNCTION approvals.guard_decision_v1();
CREATE TRIGGER record AFTER INSERT ON approvals.decisions
    FOR EACH ROW EXECUTE FUNCTION approvals.record_decision_v1();
CREATE TRIGGER chain BEFORE INSERT ON approvals.audit
    FOR EACH ROW EXECUTE FUNCTION approvals.chain_audit_v1();
CREATE TRIGGER keep BEFORE DELETE OR TRUNCATE ON approvals.actions
    FOR EACH STATEMENT EXECUTE FUNCTION approvals.refuse_change_v1();
"""


def upgrade() -> None:
    _create_owners()
    execute(_TABLES)
    for name in (*_CHECKS, *_WRITER_FUNCTIONS, *_DISPATCHER_FUNCTIONS):
        execute((_FUNCTIONS / f"{name}.sql").read_text())
    execute("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA approvals FROM PUBLIC")
    execute(_TRIGGERS)
    for table in ("revisions", "decisions", "audit"):
        execute(
            f"CREATE TRIGGER keep BEFORE UPDATE OR DELETE OR TRUNCATE ON approvals.{table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION approvals.refuse_change_v1()"
        )
    for table in ("actions", "revisions", "decisions", "audit"):
        tenant_table("approvals", table, _API, _EXECUTOR, privileges="SELECT")
        execute(f"CREATE POLICY every_tenant ON approvals.{table} TO {_DISPATCHER} USING (true) WITH CHECK (true)")
    _grant_writing()
    _own(_WRITER, _WRITER_FUNCTIONS, _API)
    _own(_DISPATCHER, _DISPATCHER_FUNCTIONS, _EXECUTOR)
    grant("EXECUTE ON FUNCTION approvals.broken_audit_v1, approvals.audit_hash_v1", _API)


def _create_owners() -> None:
    """Roles that own the functions. A migration that is no superuser must be able to hand them over."""
    for role in (_WRITER, _DISPATCHER):
        execute(
            f"""
            DO $$ BEGIN
                IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{role}') THEN
                    CREATE ROLE {role} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
                END IF;
                IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
                    GRANT {role} TO CURRENT_USER WITH INHERIT FALSE, SET TRUE;
                END IF;
            END $$;
            GRANT USAGE ON SCHEMA approvals TO {role};
            """  # noqa: S608 - the names are the constants above
        )


def _grant_writing() -> None:
    for role in (_WRITER, _DISPATCHER):
        execute(
            f"""
            GRANT SELECT, UPDATE ON approvals.actions TO {role};
            GRANT SELECT ON approvals.revisions, approvals.decisions TO {role};
            GRANT SELECT, INSERT ON approvals.audit TO {role};
            """
        )
        for name in _CHECKS:
            grant(f"EXECUTE ON FUNCTION approvals.{name}", role)
    grant("INSERT ON approvals.actions, approvals.revisions, approvals.decisions", _WRITER)


def _own(owner: str, functions: tuple[str, ...], caller: str) -> None:
    execute(f"GRANT CREATE ON SCHEMA approvals TO {owner}")
    for name in functions:
        grant(f"EXECUTE ON FUNCTION approvals.{name}", caller)
        execute(f"ALTER FUNCTION approvals.{name} OWNER TO {owner}")
    execute(f"REVOKE CREATE ON SCHEMA approvals FROM {owner}")
