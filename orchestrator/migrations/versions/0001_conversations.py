"""Threads, their turns, and the versions of their strategies. A row belongs to one tenant and one subject."""

from kernel.migrations import execute, tenant_table

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE orchestrator.threads (
    tenant text NOT NULL,
    thread_id text NOT NULL,
    subject text NOT NULL,
    title text NOT NULL DEFAULT '',
    conversation jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, thread_id)
);
CREATE INDEX threads_newest ON orchestrator.threads (tenant, subject, updated_at DESC);

CREATE TABLE orchestrator.turns (
    tenant text NOT NULL,
    thread_id text NOT NULL,
    turn_id text NOT NULL,
    subject text NOT NULL,
    seq integer NOT NULL,
    status text NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'done', 'failed')),
    text text NOT NULL,
    result jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    PRIMARY KEY (tenant, turn_id),
    UNIQUE (tenant, thread_id, seq),
    FOREIGN KEY (tenant, thread_id) REFERENCES orchestrator.threads ON DELETE CASCADE
);

CREATE TABLE orchestrator.strategies (
    tenant text NOT NULL,
    thread_id text NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    turn_id text NOT NULL,
    subject text NOT NULL,
    body jsonb NOT NULL,
    brief jsonb NOT NULL,
    reports jsonb NOT NULL,
    approvals jsonb NOT NULL DEFAULT '[]',
    changes jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, thread_id, version),
    UNIQUE (tenant, turn_id),
    FOREIGN KEY (tenant, thread_id) REFERENCES orchestrator.threads ON DELETE CASCADE
);
"""


def upgrade() -> None:
    execute(TABLES)
    for table in ("threads", "turns", "strategies"):
        tenant_table("orchestrator", table)
        execute(
            f"""
            CREATE POLICY subject_isolation ON orchestrator.{table} AS RESTRICTIVE
                USING (subject = current_setting('app.subject', true))
                WITH CHECK (subject = current_setting('app.subject', true));
            """
        )
