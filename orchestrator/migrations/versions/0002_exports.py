"""What the pipeline reads of strategies: what a version plans, not the conversation it came from."""

from kernel.migrations import execute, grant, keep_deletions, track_changes, track_deletions

revision = "0002"
down_revision = "0001"

EXPORTS = """
CREATE VIEW orchestrator.export_strategies_v1 WITH (security_barrier) AS
    SELECT tenant, change_id, thread_id AS strategy_id, version, body ->> 'client' AS client,
           ARRAY(SELECT jsonb_array_elements_text(body -> 'products')) AS products,
           ARRAY(SELECT country ->> 'name' FROM jsonb_array_elements(body -> 'countries') AS country) AS countries,
           body ->> 'objective' AS objective, body #>> '{goal,metric}' AS goal_metric,
           (body #>> '{goal,value}')::numeric AS goal_value, (body #>> '{budget,amount}')::numeric AS budget,
           body #>> '{budget,currency}' AS currency, (body #>> '{period,start}')::date AS start_date,
           (body #>> '{period,end}')::date AS end_date, body ->> 'language' AS language, created_at
    FROM orchestrator.strategies WHERE tenant = current_setting('app.tenant', true);
CREATE VIEW orchestrator.export_deletions_v1 WITH (security_barrier) AS
    SELECT tenant, change_id, relation, key
    FROM orchestrator.deletions AS gone
    WHERE tenant = current_setting('app.tenant', true)
      AND NOT (relation = 'strategies' AND EXISTS (
          SELECT FROM orchestrator.strategies AS again
          WHERE again.tenant = gone.tenant AND again.thread_id = gone.key ->> 'strategy_id'
            AND again.version = (gone.key ->> 'version')::integer));
CREATE VIEW orchestrator.export_tenants_v1 AS SELECT DISTINCT tenant FROM orchestrator.strategies;
"""
VIEWS = ("export_strategies_v1", "export_deletions_v1", "export_tenants_v1")


def upgrade() -> None:
    track_changes("orchestrator", "strategies")
    keep_deletions("orchestrator")
    key = {"strategy_id": "thread_id", "version": "version"}
    track_deletions("orchestrator", "strategies", "strategies", key)
    execute(EXPORTS)
    for view in VIEWS:
        grant(f"SELECT ON orchestrator.{view}", "promptsales_pipeline")
    grant("USAGE ON SCHEMA orchestrator", "promptsales_pipeline")


def downgrade() -> None:
    execute(
        """
        DROP VIEW orchestrator.export_strategies_v1, orchestrator.export_deletions_v1, orchestrator.export_tenants_v1;
        DROP FUNCTION orchestrator.note_deleted_strategies() CASCADE;
        DROP FUNCTION orchestrator.stamp_change() CASCADE;
        DROP TABLE orchestrator.deletions;
        ALTER TABLE orchestrator.strategies DROP COLUMN change_id;
        REVOKE USAGE ON SCHEMA orchestrator FROM promptsales_pipeline;
        """
    )
