-- Make the partition of metrics for the month of a day, where it has none: whether one was made.
-- It is attached, which locks out no reader. Outside of 2000 to 2099 there are no months.
CREATE FUNCTION hub.make_fact_month_v1(p_day date) RETURNS boolean
LANGUAGE plpgsql STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_name text;
    v_first date;
BEGIN
    IF p_day < '2000-01-01' OR p_day >= '2100-01-01' THEN
        RETURN false;
    END IF;
    v_first := date_trunc('month', p_day);
    v_name := 'metrics_' || to_char(v_first, 'YYYY_MM');
    IF to_regclass('hub_facts.' || v_name) IS NOT NULL THEN
        RETURN false;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('hub.make_fact_month', 0));
    IF to_regclass('hub_facts.' || v_name) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE hub_facts.%I (LIKE hub.fact_metrics)', v_name);
    EXECUTE format('ALTER TABLE hub_facts.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', v_name);
    EXECUTE format(
        'CREATE POLICY tenant_isolation ON hub_facts.%I USING (tenant = current_setting(''app.tenant'', true))'
        ' WITH CHECK (tenant = current_setting(''app.tenant'', true))', v_name);
    EXECUTE format(
        'ALTER TABLE hub.fact_metrics ATTACH PARTITION hub_facts.%I FOR VALUES FROM (%L) TO (%L)',
        v_name, v_first, (v_first + interval '1 month')::date);
    RETURN true;
END $$;
