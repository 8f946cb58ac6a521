"""Strategies: what the versions that conversations led to plan."""

from kernel.migrations import execute, tenant_table

revision = "0004"
down_revision = "0003"

TABLE = """
CREATE TABLE hub.strategies (
    tenant text NOT NULL, strategy_id text NOT NULL, version integer NOT NULL, client text NOT NULL,
    products text[] NOT NULL, countries text[] NOT NULL, objective text NOT NULL, goal_metric text NOT NULL,
    goal_value numeric NOT NULL, budget numeric NOT NULL, currency text NOT NULL, start_date date NOT NULL,
    end_date date NOT NULL, language text NOT NULL, created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, strategy_id, version)
);
CREATE INDEX strategies_newest ON hub.strategies (tenant, created_at DESC, strategy_id, version);
COMMENT ON COLUMN hub.strategies.strategy_id IS 'the thread that the strategy came from';
"""


def upgrade() -> None:
    execute(TABLE)
    tenant_table("hub", "strategies")


def downgrade() -> None:
    execute("DROP TABLE hub.strategies")
