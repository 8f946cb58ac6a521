"""The audit by day: partitions made ahead and dropped after their time, a head and anchors for every tenant's chain.

The entries there are stay as they were written: their table becomes the first partition. A role nobody can log in as,
the archivist, owns the audit; only the upkeep's function, which runs as the archivist, makes and drops partitions.
"""

from pathlib import Path

from kernel.migrations import execute, grant, tenant_table

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_FUNCTIONS = Path(__file__).parents[2] / "sql" / "functions"
_API, _EXECUTOR = "promptsales_approvals", "promptsales_executor"
_WRITER, _DISPATCHER = "promptsales_approvals_writer", "promptsales_approvals_dispatcher"
_ARCHIVIST = "promptsales_approvals_archivist"
_DAYS_AHEAD = 7

_ROLE = f"""
DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{_ARCHIVIST}') THEN
        CREATE ROLE {_ARCHIVIST} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
    END IF;
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        GRANT {_ARCHIVIST} TO CURRENT_USER WITH INHERIT FALSE, SET TRUE;
    END IF;
END $$;
CREATE SCHEMA approvals_audit;
GRANT USAGE, CREATE ON SCHEMA approvals_audit TO {_ARCHIVIST};
GRANT USAGE, CREATE ON SCHEMA approvals TO {_ARCHIVIST};
"""  # noqa: S608 - the names are the constants above

_SET_ASIDE = """
DROP TRIGGER chain ON approvals.audit;
DROP FUNCTION approvals.chain_audit_v1();
DROP FUNCTION approvals.audit_hash_v1(approvals.audit);
ALTER TABLE approvals.audit NO FORCE ROW LEVEL SECURITY;  -- an administrator without BYPASSRLS has to see every row
ALTER TABLE approvals.audit DROP CONSTRAINT audit_pkey;
ALTER INDEX approvals.audit_by_action RENAME TO before_by_action;
ALTER TABLE approvals.audit RENAME TO before;
ALTER TABLE approvals.before SET SCHEMA approvals_audit;
"""

_TABLES = """
CREATE TABLE approvals.audit (
    tenant text NOT NULL,
    seq bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    event text NOT NULL,
    action_id text NOT NULL,
    revision integer NOT NULL,
    digest text NOT NULL,
    actor text NOT NULL,
    detail jsonb NOT NULL,
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (tenant, seq, at)
) PARTITION BY RANGE (at);
CREATE INDEX audit_by_action ON approvals.audit (tenant, action_id, seq);
CREATE TABLE approvals_audit.others PARTITION OF approvals.audit DEFAULT;

CREATE TABLE approvals.audit_heads (
    tenant text PRIMARY KEY,
    seq bigint NOT NULL,
    hash bytea NOT NULL,
    at timestamptz NOT NULL
) WITH (fillfactor = 50);
COMMENT ON TABLE approvals.audit_heads IS 'the newest entry of each tenant, whose row every new entry locks';

CREATE TABLE approvals.audit_anchors (
    tenant text NOT NULL,
    seq bigint NOT NULL,
    hash bytea NOT NULL,
    at timestamptz NOT NULL,
    dropped text NOT NULL,
    dropped_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant, seq)
);
COMMENT ON TABLE approvals.audit_anchors IS 'the last entry of each tenant in a partition that was dropped';

CREATE TABLE approvals.audit_partitions (
    name text PRIMARY KEY,
    from_at timestamptz NOT NULL,
    to_at timestamptz NOT NULL UNIQUE CHECK (to_at > from_at)
);
COMMENT ON TABLE approvals.audit_partitions IS 'the partitions there are, but for the default one';
"""

# Whatever was granted on the audit, and every policy of it, holds for the new table.
_SAME_ACCESS = """
DO $$
DECLARE
    v record;
BEGIN
    FOR v IN
        SELECT a.privilege_type AS privilege, r.rolname AS role
        FROM pg_class c CROSS JOIN aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee
        WHERE c.oid = 'approvals_audit.before'::regclass AND a.grantee <> c.relowner
    LOOP
        EXECUTE format('GRANT %s ON approvals.audit TO %I', v.privilege, v.role);
        EXECUTE format('REVOKE ALL ON approvals_audit.before FROM %I', v.role);
    END LOOP;
    FOR v IN SELECT * FROM pg_policies WHERE schemaname = 'approvals_audit' AND tablename = 'before' LOOP
        EXECUTE format('CREATE POLICY %I ON approvals.audit AS %s FOR %s TO %s USING (%s)%s',
            v.policyname, v.permissive, v.cmd, (SELECT string_agg(
                CASE one WHEN 'public' THEN 'PUBLIC' ELSE quote_ident(one) END, ', ') FROM unnest(v.roles) AS one),
            v.qual, ' WITH CHECK (' || v.with_check || ')');
        EXECUTE format('DROP POLICY %I ON approvals_audit.before', v.policyname);
    END LOOP;
END $$;
ALTER TABLE approvals.audit ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
"""

_CARRY_OVER = """
INSERT INTO approvals.audit_heads (tenant, seq, hash, at)
    SELECT DISTINCT ON (tenant) tenant, seq, hash, at FROM approvals_audit.before ORDER BY tenant, seq DESC;
DO $$
DECLARE
    v_to timestamptz;
BEGIN
    SELECT (greatest((max(b.at) AT TIME ZONE 'UTC')::date, (clock_timestamp() AT TIME ZONE 'UTC')::date) + 1)::timestamp
        AT TIME ZONE 'UTC' INTO v_to FROM approvals_audit.before AS b HAVING count(*) > 0;
    IF v_to IS NULL THEN
        DROP TABLE approvals_audit.before;
        RETURN;
    END IF;
    DROP TRIGGER keep ON approvals_audit.before;
    PERFORM approvals.guard_audit_partition_v1('before');
    ALTER TABLE approvals_audit.before ALTER COLUMN at SET DEFAULT clock_timestamp();
    EXECUTE format(
        'ALTER TABLE approvals.audit ATTACH PARTITION approvals_audit.before FOR VALUES FROM (MINVALUE) TO (%L)', v_to);
    INSERT INTO approvals.audit_partitions (name, from_at, to_at) VALUES ('before', '-infinity', v_to);
END $$;
"""

_OWNED = """
DO $$
DECLARE
    v_table regclass;
BEGIN
    FOR v_table IN
        SELECT unnest(ARRAY['approvals.audit', 'approvals.audit_anchors', 'approvals.audit_partitions']::regclass[])
        UNION ALL SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'approvals.audit'::regclass
    LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO promptsales_approvals_archivist', v_table);
    END LOOP;
END $$;
"""


def upgrade() -> None:
    execute(_ROLE)
    execute(_SET_ASIDE)
    execute(_TABLES)
    _create_functions()
    execute(_SAME_ACCESS)
    execute(f"CREATE POLICY every_tenant_kept ON approvals.audit TO {_ARCHIVIST} USING (true) WITH CHECK (true)")
    for table in ("audit_heads", "audit_anchors"):
        tenant_table("approvals", table, _API, privileges="SELECT")
        execute(f"CREATE POLICY every_tenant ON approvals.{table} TO {_ARCHIVIST} USING (true) WITH CHECK (true)")
    execute(f"GRANT SELECT, INSERT, UPDATE ON approvals.audit_heads TO {_ARCHIVIST}")
    execute("SELECT approvals.guard_audit_partition_v1('others')")
    execute("ALTER TABLE approvals.audit_heads NO FORCE ROW LEVEL SECURITY")
    execute(_CARRY_OVER)
    execute("ALTER TABLE approvals.audit_heads FORCE ROW LEVEL SECURITY")
    for table in ("audit", "audit_anchors"):
        execute(
            f"CREATE TRIGGER keep BEFORE UPDATE OR DELETE OR TRUNCATE ON approvals.{table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION approvals.refuse_change_v1()"
        )
    execute(
        "CREATE TRIGGER chain BEFORE INSERT ON approvals.audit FOR EACH ROW EXECUTE FUNCTION approvals.chain_audit_v2()"
    )
    execute(_OWNED)
    for name in ("chain_audit_v2", "keep_audit_v1"):
        execute(f"ALTER FUNCTION approvals.{name} OWNER TO {_ARCHIVIST}")
    execute(f"SET LOCAL ROLE {_ARCHIVIST}; SELECT approvals.keep_audit_v1({_DAYS_AHEAD}, 90); RESET ROLE;")
    execute(f"REVOKE CREATE ON SCHEMA approvals FROM {_ARCHIVIST}")


def _create_functions() -> None:
    """`audit_hash_v1` is the same as before, of the new table's rows: hashes that were written go on to hold."""
    for name, callers in (
        ("audit_hash_v1", (_API, _WRITER, _DISPATCHER, _ARCHIVIST)),
        ("broken_audit_v2", (_API,)),
        ("chain_audit_v2", (_ARCHIVIST,)),
        ("guard_audit_partition_v1", (_ARCHIVIST,)),
        ("make_audit_partition_v1", (_ARCHIVIST,)),
        ("drop_audit_before_v1", (_ARCHIVIST,)),
        ("keep_audit_v1", (_EXECUTOR, _ARCHIVIST)),
    ):
        execute((_FUNCTIONS / f"{name}.sql").read_text())
        execute(f"REVOKE ALL ON FUNCTION approvals.{name} FROM PUBLIC")
        grant(f"EXECUTE ON FUNCTION approvals.{name}", *callers)
    grant("EXECUTE ON FUNCTION approvals.refuse_change_v1", _ARCHIVIST)
