"""Metrics by month in partitions, what facts have in common said once, rollups, and amounts in one currency.

The facts there are move into the new tables, and every question is answered as before, also until the next run.
"""

from pathlib import Path

from kernel.migrations import execute, grant, tenant_table

revision = "0003"
down_revision = "0002"

_SQL = Path(__file__).parents[2] / "sql" / "partitions"
_HUB, _ANALYTICS, _ARCHIVIST = "promptsales_hub", "promptsales_analytics", "promptsales_hub_archivist"

ROLE = f"""
DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{_ARCHIVIST}') THEN
        CREATE ROLE {_ARCHIVIST} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
    END IF;
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        GRANT {_ARCHIVIST} TO CURRENT_USER WITH INHERIT FALSE, SET TRUE;
    END IF;
END $$;
CREATE SCHEMA hub_facts;
GRANT USAGE, CREATE ON SCHEMA hub_facts TO {_ARCHIVIST};
GRANT USAGE ON SCHEMA hub TO {_ARCHIVIST};
"""  # noqa: S608 - the names are the constants above

SET_ASIDE = """
DROP VIEW hub.facts_v1;
DROP FUNCTION hub.place_campaigns_v1();
ALTER TABLE hub.fact_metrics RENAME TO metrics_before;
ALTER INDEX hub.fact_metrics_pkey RENAME TO metrics_before_pkey;
ALTER TABLE hub.metrics_before NO FORCE ROW LEVEL SECURITY;  -- an administrator without BYPASSRLS sees every row
ALTER TABLE hub.fact_leads NO FORCE ROW LEVEL SECURITY;
ALTER TABLE hub.fact_sales NO FORCE ROW LEVEL SECURITY;
ALTER TABLE hub.campaigns NO FORCE ROW LEVEL SECURITY;
"""

_NAMES = """
    source text NOT NULL, client text{0}, product text{0}, campaign_id text{0}, campaign text{0}, platform text{0},
    channel text{0}, country text{0}, region text{0}, audience text{0}, currency text{0}
"""
_NAMES_OF_TOTALS = "source text NOT NULL, client text, platform text, channel text, country text, currency text"
_SUMS = """
    rows bigint NOT NULL,
    spend numeric NOT NULL, impressions bigint NOT NULL, reach bigint NOT NULL, clicks bigint NOT NULL,
    conversions bigint NOT NULL, leads bigint NOT NULL, sales bigint NOT NULL, revenue numeric NOT NULL,
    spend_reporting numeric NOT NULL, spend_unrated bigint NOT NULL,
    revenue_reporting numeric NOT NULL, revenue_unrated bigint NOT NULL
"""

TABLES = f"""
CREATE SEQUENCE hub.series_id AS integer;
GRANT USAGE ON SEQUENCE hub.series_id TO {_HUB};
CREATE TABLE hub.series (
    tenant text NOT NULL, series_id integer NOT NULL, placement_id integer NOT NULL, group_id integer NOT NULL,
    {_NAMES.format(" NOT NULL")}, line_item text NOT NULL,
    names text[] NOT NULL GENERATED ALWAYS AS (ARRAY[
        source, client, product, campaign_id, campaign, platform, channel, country, region, audience, currency,
        line_item]) STORED,
    PRIMARY KEY (tenant, series_id)
);
CREATE INDEX series_by_campaign ON hub.series (tenant, campaign_id, source);
COMMENT ON TABLE hub.series IS 'what facts have in common besides the day: each combination of names, once';
COMMENT ON COLUMN hub.series.names IS 'all of them at once, for rows to find their series by one comparison';
COMMENT ON COLUMN hub.series.placement_id IS 'the same for one campaign, region and line item, whatever else is said';
COMMENT ON COLUMN hub.series.group_id IS 'the same for what totals add up';

CREATE TABLE hub.fact_metrics (
    tenant text NOT NULL, date date NOT NULL, placement_id integer NOT NULL, series_id integer NOT NULL,
    impressions bigint NOT NULL, reach bigint NOT NULL, clicks bigint NOT NULL, conversions bigint NOT NULL,
    spend numeric(14, 2) NOT NULL,
    PRIMARY KEY (tenant, date, placement_id)
) PARTITION BY RANGE (date);
ALTER TABLE hub.fact_leads ADD COLUMN series_id integer;
ALTER TABLE hub.fact_sales ADD COLUMN series_id integer;
CREATE INDEX fact_leads_campaign ON hub.fact_leads (tenant, campaign_id) WHERE campaign_id IS NOT NULL;
CREATE INDEX fact_sales_campaign ON hub.fact_sales (tenant, campaign_id) WHERE campaign_id IS NOT NULL;

CREATE TABLE hub.monthly_facts (
    tenant text NOT NULL, date date NOT NULL, series_id integer NOT NULL, {_NAMES.format("")}, {_SUMS},
    PRIMARY KEY (tenant, date, series_id)
) WITH (fillfactor = 85);
CREATE INDEX monthly_facts_campaign ON hub.monthly_facts (tenant, campaign_id);
COMMENT ON TABLE hub.monthly_facts IS 'facts added up by month (date is its first day) and series';
CREATE TABLE hub.daily_totals (
    tenant text NOT NULL, date date NOT NULL, group_id integer NOT NULL, {_NAMES_OF_TOTALS}, {_SUMS},
    PRIMARY KEY (tenant, date, group_id)
) WITH (fillfactor = 85);
CREATE INDEX daily_totals_source ON hub.daily_totals (tenant, source, date);
COMMENT ON TABLE hub.daily_totals IS 'facts added up by day without product, campaign, region and audience';
CREATE TABLE hub.monthly_totals (
    tenant text NOT NULL, date date NOT NULL, group_id integer NOT NULL, {_NAMES_OF_TOTALS}, {_SUMS},
    PRIMARY KEY (tenant, date, group_id)
) WITH (fillfactor = 85);
COMMENT ON TABLE hub.monthly_totals IS 'daily_totals added up by month; date is its first day';

ALTER TABLE hub.tenants ADD COLUMN reporting_currency text CHECK (reporting_currency ~ '^[A-Z]{{3}}$');
CREATE TABLE hub.currency_rates (
    tenant text NOT NULL, reporting_currency text NOT NULL, currency text NOT NULL, date date NOT NULL,
    rate numeric NOT NULL CHECK (rate > 0),
    PRIMARY KEY (tenant, reporting_currency, currency, date)
);
COMMENT ON COLUMN hub.currency_rates.rate IS 'units of the reporting currency for one of the currency, from date on';
CREATE TABLE hub.rates_in_force (
    tenant text NOT NULL, currency text NOT NULL, date date NOT NULL, rate numeric NOT NULL,
    PRIMARY KEY (tenant, currency, date)
);
COMMENT ON TABLE hub.rates_in_force IS 'the rates into the present reporting currency, its own 1 among them';
ALTER TABLE hub.watermarks ADD COLUMN mismatch boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN hub.watermarks.mismatch IS 'the hub differed from the source: the next run reads from the beginning';
"""

# Dates outside of these two get no month of their own: nobody can make partitions without end.
PARTITIONS = """
CREATE TABLE hub_facts.metrics_early PARTITION OF hub.fact_metrics FOR VALUES FROM (MINVALUE) TO ('2000-01-01');
CREATE TABLE hub_facts.metrics_late PARTITION OF hub.fact_metrics FOR VALUES FROM ('2100-01-01') TO (MAXVALUE);
DO $$ BEGIN
    PERFORM hub.make_fact_month_v1(month)
    FROM (SELECT DISTINCT date_trunc('month', date)::date AS month FROM hub.metrics_before) AS found;
END $$;
"""

# The function makes partitions as the archivist, whom nobody can log in as and who owns the table.
OWNED = f"""
DO $$
DECLARE
    part regclass;
BEGIN
    FOR part IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'hub.fact_metrics'::regclass LOOP
        EXECUTE format('DROP POLICY IF EXISTS tenant_isolation ON %s', part);
        EXECUTE format(
            'CREATE POLICY tenant_isolation ON %s USING (tenant = current_setting(''app.tenant'', true))'
            ' WITH CHECK (tenant = current_setting(''app.tenant'', true))', part);
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', part);
        EXECUTE format('ALTER TABLE %s OWNER TO {_ARCHIVIST}', part);
    END LOOP;
END $$;
ALTER TABLE hub.fact_metrics OWNER TO {_ARCHIVIST};
ALTER FUNCTION hub.make_fact_month_v1(date) OWNER TO {_ARCHIVIST};
REVOKE ALL ON FUNCTION hub.make_fact_month_v1(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hub.make_fact_month_v1(date) TO {_HUB};
"""  # noqa: S608

ROLLUPS = ("monthly_facts", "daily_totals", "monthly_totals")
TENANT_TABLES = ("series", "fact_metrics", *ROLLUPS, "currency_rates", "rates_in_force")
VIEWS = ("facts_v1", "facts_v2", *(f"{rollup}_v1" for rollup in ROLLUPS))


def upgrade() -> None:
    execute(ROLE)
    execute(SET_ASIDE)
    execute(TABLES)
    execute((_SQL / "make_fact_month_v1.sql").read_text())
    execute(PARTITIONS)
    execute((_SQL / "carry_over_facts.sql").read_text())
    for table in TENANT_TABLES:
        tenant_table("hub", table)
    execute(OWNED)
    execute((_SQL / "fact_views.sql").read_text())
    for name in (*TENANT_TABLES, *VIEWS):
        grant(f"SELECT ON hub.{name}", _ANALYTICS)


def downgrade() -> None:
    """What was mirrored of metrics goes: the release before reads it from its source again."""
    execute((_SQL / "undo.sql").read_text())
    tenant_table("hub", "fact_metrics")
    execute((_SQL.parent / "functions" / "place_campaigns_v1.sql").read_text())
    for name in ("fact_metrics", "facts_v1"):
        grant(f"SELECT ON hub.{name}", _ANALYTICS)
