"""Policies, the exposure ledger, delegation, breaking the glass, drift, reconciliation.

What an approval takes is decided here, from the policy in force and the canonical bytes: the API only passes them on.
The functions that let it say so itself are gone, so a process of the release before can no longer propose or decide.
"""

from pathlib import Path

from kernel.migrations import execute, grant, tenant_table

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_FUNCTIONS = Path(__file__).parents[2] / "sql" / "functions"
_API, _EXECUTOR = "promptsales_approvals", "promptsales_executor"
_WRITER, _DISPATCHER = "promptsales_approvals_writer", "promptsales_approvals_dispatcher"

_READERS = f"{_API}, {_EXECUTOR}, {_WRITER}"

_CHECKS = (
    "measures_v1",
    "policy_in_force_v1",
    "release_at_v1",
    "may_run_now_v1",
    "is_approved_v2",
    "check_payload_v2",
    "guard_payload_v2",
    "guard_state_v2",
    "guard_approval_v2",
    "guard_revision_v2",
    "guard_decision_v2",
    "guard_exposure_v1",
    "guard_reservation_v1",
    "settle_exposure_v1",
    "note_v1",
    "record_action_v2",
    "record_decision_v2",
    "release_v1",
    "reserve_v1",
    "automatic_rule_v1",
    "terms_v1",
    "times_v1",
    "release_action_v1",
    "revise_action_v1",
)
_WRITER_FUNCTIONS = (
    "propose_action_v2",
    "decide_action_v2",
    "edit_action_v2",
    "cancel_action_v2",
    "reconcile_action_v1",
    "put_policy_v1",
    "delegate_v1",
    "revoke_delegation_v1",
    "close_review_v1",
    "begin_request_v1",
    "end_request_v1",
)
_DISPATCHER_FUNCTIONS = (
    "claim_action_v2",
    "finish_action_v2",
    "drift_action_v1",
    "expire_next_v1",
    "remind_next_v1",
    "forget_requests_v1",
)
_GONE = (
    "propose_action_v1",
    "decide_action_v1",
    "edit_action_v1",
    "cancel_action_v1",
    "claim_action_v1",
    "finish_action_v1",
    "expire_actions_v1",
    "guard_payload_v1",
    "guard_state_v1",
    "guard_approval_v1",
    "guard_revision_v1",
    "guard_decision_v1",
    "record_action_v1",
    "record_decision_v1",
    "is_approved_v1",
    "check_payload_v1",
)

_TABLES = """
CREATE TABLE approvals.policies (
    tenant text NOT NULL CHECK (tenant <> ''),
    name text NOT NULL CHECK (name ~ '^[a-z][a-z0-9_]{0,39}$'),
    version integer NOT NULL CHECK (version >= 1),
    document jsonb NOT NULL,
    author text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant, name, version)
);

ALTER TABLE approvals.actions
    ADD COLUMN compensates text,
    ADD COLUMN terms jsonb NOT NULL DEFAULT '{"approver_roles": ["reviewer", "admin"], "undo_seconds": 0}',
    ADD COLUMN dispatch_after timestamptz,
    ADD COLUMN remind_at timestamptz,
    ADD COLUMN escalate_at timestamptz,
    ADD COLUMN broke_glass boolean NOT NULL DEFAULT false,
    DROP CONSTRAINT actions_state_check,
    ADD CONSTRAINT actions_state_check CHECK (state IN (
        'PENDING', 'APPROVED', 'REJECTED', 'EXPIRED', 'CANCELLED', 'EXECUTING', 'SUCCEEDED', 'FAILED',
        'FAILED_PARTIAL', 'UNKNOWN'));
ALTER TABLE approvals.actions ALTER COLUMN terms DROP DEFAULT;
DROP INDEX approvals.actions_due;
CREATE INDEX actions_due ON approvals.actions (coalesce(lease_until, dispatch_after))
    WHERE state IN ('APPROVED', 'EXECUTING');
CREATE INDEX actions_reminded ON approvals.actions (least(remind_at, escalate_at)) WHERE state = 'PENDING';
CREATE INDEX actions_compensating ON approvals.actions (tenant, compensates) WHERE compensates IS NOT NULL;

ALTER TABLE approvals.decisions
    ADD COLUMN roles text[] NOT NULL DEFAULT '{reviewer}',
    ADD COLUMN on_behalf_of text CHECK (on_behalf_of <> reviewer),
    ADD COLUMN automatic jsonb,
    DROP CONSTRAINT decisions_decision_check,
    ADD CONSTRAINT decisions_decision_check CHECK (decision IN ('approve', 'reject', 'break_glass')),
    DROP CONSTRAINT decisions_check,
    ADD CONSTRAINT decisions_reason_check CHECK (decision = 'approve' OR reason <> ''),
    DROP CONSTRAINT decisions_pkey,
    ADD PRIMARY KEY (tenant, action_id, revision, reviewer, decision);
ALTER TABLE approvals.decisions ALTER COLUMN roles DROP DEFAULT;

CREATE TABLE approvals.exposures (
    tenant text NOT NULL,
    scope text NOT NULL CHECK (scope IN ('campaign', 'client_day', 'client_month', 'tenant_day')),
    subject text NOT NULL,
    period text NOT NULL,
    unit text NOT NULL,
    committed numeric NOT NULL CHECK (committed >= 0),
    cap numeric,
    PRIMARY KEY (tenant, scope, subject, period, unit)
);

CREATE TABLE approvals.reservations (
    tenant text NOT NULL,
    action_id text NOT NULL,
    revision integer NOT NULL,
    scope text NOT NULL,
    subject text NOT NULL,
    period text NOT NULL,
    unit text NOT NULL,
    amount numeric NOT NULL CHECK (amount > 0),
    released_at timestamptz,
    PRIMARY KEY (tenant, action_id, revision, scope, unit),
    FOREIGN KEY (tenant, action_id) REFERENCES approvals.actions (tenant, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX reservations_held ON approvals.reservations (tenant, scope, subject, period) WHERE released_at IS NULL;

CREATE TABLE approvals.delegations (
    tenant text NOT NULL,
    id text NOT NULL,
    delegator text NOT NULL,
    roles text[] NOT NULL,
    delegate text NOT NULL CHECK (delegate <> delegator),
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL CHECK (ends_at > starts_at),
    reason text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    revoked_at timestamptz,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX delegations_of ON approvals.delegations (tenant, delegate, ends_at);

CREATE TABLE approvals.post_reviews (
    tenant text NOT NULL,
    action_id text NOT NULL,
    revision integer NOT NULL,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    closed_by text,
    finding text CHECK (finding <> ''),
    PRIMARY KEY (tenant, action_id, revision),
    FOREIGN KEY (tenant, action_id) REFERENCES approvals.actions (tenant, id),
    CHECK (num_nonnulls(closed_at, closed_by, finding) IN (0, 3))
);

CREATE TABLE approvals.requests (
    tenant text NOT NULL,
    subject text NOT NULL,
    key text NOT NULL,
    fingerprint text NOT NULL,
    status integer,
    body jsonb,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant, subject, key)
);
CREATE INDEX requests_age ON approvals.requests (created_at);
"""

_TRIGGERS = """
DROP TRIGGER guard_1_payload ON approvals.actions;
DROP TRIGGER guard_2_state ON approvals.actions;
DROP TRIGGER guard_3_approval ON approvals.actions;
DROP TRIGGER record ON approvals.actions;
DROP TRIGGER guard_revision ON approvals.revisions;
DROP TRIGGER guard_decision ON approvals.decisions;
DROP TRIGGER record ON approvals.decisions;
CREATE TRIGGER guard_1_payload BEFORE INSERT OR UPDATE ON approvals.actions
    FOR EACH ROW EXECUTE FUNCTION approvals.guard_payload_v2();
CREATE TRIGGER guard_2_state BEFORE INSERT OR UPDATE ON approvals.actions
    FOR EACH ROW EXECUTE FUNCTION approvals.guard_state_v2();
CREATE TRIGGER guard_3_approval BEFORE UPDATE ON approvals.actions
    FOR EACH ROW EXECUTE FUNCTION approvals.guard_approval_v2();
CREATE TRIGGER exposure AFTER UPDATE ON approvals.actions
    FOR EACH ROW EXECUTE FUNCTION approvals.settle_exposure_v1();
CREATE TRIGGER record AFTER INSERT OR UPDATE ON approvals.actions
    FOR EACH ROW EXECUTE FUNCTION approvals.record_action_v2();
CREATE TRIGGER guard_revision BEFORE INSERT ON approvals.revisions
    FOR EACH ROW EXECUTE FUNCTION approvals.guard_revision_v2();
CREATE TRIGGER guard_decision BEFORE INSERT ON approvals.decisions
    FOR EACH ROW EXECUTE FUNCTION approvals.guard_decision_v2();
CREATE TRIGGER record AFTER INSERT ON approvals.decisions
    FOR EACH ROW EXECUTE FUNCTION approvals.record_decision_v2();
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON approvals.exposures
    FOR EACH ROW EXECUTE FUNCTION approvals.guard_exposure_v1();
CREATE TRIGGER guard BEFORE UPDATE ON approvals.reservations
    FOR EACH ROW EXECUTE FUNCTION approvals.guard_reservation_v1();
CREATE TRIGGER keep BEFORE UPDATE OR DELETE OR TRUNCATE ON approvals.policies
    FOR EACH STATEMENT EXECUTE FUNCTION approvals.refuse_change_v1();
CREATE TRIGGER keep BEFORE DELETE OR TRUNCATE ON approvals.exposures
    FOR EACH STATEMENT EXECUTE FUNCTION approvals.refuse_change_v1();
CREATE TRIGGER keep BEFORE DELETE OR TRUNCATE ON approvals.reservations
    FOR EACH STATEMENT EXECUTE FUNCTION approvals.refuse_change_v1();
CREATE TRIGGER keep BEFORE DELETE OR TRUNCATE ON approvals.delegations
    FOR EACH STATEMENT EXECUTE FUNCTION approvals.refuse_change_v1();
CREATE TRIGGER keep BEFORE DELETE OR TRUNCATE ON approvals.post_reviews
    FOR EACH STATEMENT EXECUTE FUNCTION approvals.refuse_change_v1();
"""

_NEW_TABLES = ("policies", "exposures", "reservations", "delegations", "post_reviews", "requests")
_BEFORE = "UPDATE approvals.actions SET dispatch_after = decided_at WHERE state IN ('APPROVED', 'EXECUTING')"


def upgrade() -> None:
    execute(_TABLES)
    execute("ALTER TABLE approvals.actions DISABLE TRIGGER USER")
    execute(_BEFORE)
    execute("ALTER TABLE approvals.actions ENABLE TRIGGER USER")
    names = (*_CHECKS, *_WRITER_FUNCTIONS, *_DISPATCHER_FUNCTIONS, "install_policy_v1")
    for name in names:
        execute((_FUNCTIONS / f"{name}.sql").read_text())
        execute(f"REVOKE ALL ON FUNCTION approvals.{name} FROM PUBLIC")
    execute(_TRIGGERS)
    for name in _GONE:
        execute(f"DROP FUNCTION approvals.{name}")
    for table in _NEW_TABLES:
        tenant_table("approvals", table, _API, _EXECUTOR, privileges="SELECT")
        execute(f"CREATE POLICY every_tenant ON approvals.{table} TO {_DISPATCHER} USING (true) WITH CHECK (true)")
    execute(f"CREATE POLICY installation ON approvals.policies FOR SELECT TO {_READERS} USING (tenant = '*')")
    _grant_writing()
    _own(_WRITER, _WRITER_FUNCTIONS, _API)
    _own(_DISPATCHER, _DISPATCHER_FUNCTIONS, _EXECUTOR)
    _own(_DISPATCHER, ("install_policy_v1",), _API)
    for name in ("policy_in_force_v1", "release_at_v1", "measures_v1"):
        grant(f"EXECUTE ON FUNCTION approvals.{name}", _API, _EXECUTOR)


def _grant_writing() -> None:
    for role in (_WRITER, _DISPATCHER):
        execute(
            f"""
            GRANT SELECT, INSERT, UPDATE ON approvals.exposures, approvals.reservations TO {role};
            GRANT SELECT, INSERT ON approvals.policies, approvals.post_reviews TO {role};
            GRANT SELECT ON approvals.delegations TO {role};
            """
        )
        for name in _CHECKS:
            grant(f"EXECUTE ON FUNCTION approvals.{name}", role)
    grant("INSERT ON approvals.revisions", _DISPATCHER)
    grant("UPDATE ON approvals.post_reviews", _WRITER)
    grant("INSERT, UPDATE ON approvals.delegations", _WRITER)
    grant("SELECT, INSERT, UPDATE, DELETE ON approvals.requests", _WRITER)
    grant("SELECT, DELETE ON approvals.requests", _DISPATCHER)


def _own(owner: str, functions: tuple[str, ...], caller: str) -> None:
    execute(f"GRANT CREATE ON SCHEMA approvals TO {owner}")
    for name in functions:
        grant(f"EXECUTE ON FUNCTION approvals.{name}", caller)
        execute(f"ALTER FUNCTION approvals.{name} OWNER TO {owner}")
    execute(f"REVOKE CREATE ON SCHEMA approvals FROM {owner}")
