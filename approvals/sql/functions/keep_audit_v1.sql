-- The audit's upkeep, safe to repeat and to run twice at once: what is older than the retention is dropped, which is never
-- less than 90 days; then partitions for today and the days ahead, and for entries of the default partition, are made.
-- The time is the database's, so that no caller can make entries old. Locks are given up soon: the next pass tries again.
-- Dropping comes first: it locks the audit, and must not wait for who waits for the default partition, which making locks.
CREATE FUNCTION approvals.keep_audit_v1(p_days_ahead integer, p_retention_days integer, OUT made integer, OUT dropped integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
    v_today date := (clock_timestamp() AT TIME ZONE 'UTC')::date;
    v_days date[];
    v_day date;
BEGIN
    made := 0;
    dropped := 0;
    IF NOT pg_try_advisory_xact_lock(hashtextextended('approvals.keep_audit', 0)) THEN
        RETURN;
    END IF;
    dropped := approvals.drop_audit_before_v1(least(
        v_today - greatest(coalesce(p_retention_days, 90), 90),
        (SELECT min(o.at AT TIME ZONE 'UTC')::date FROM approvals_audit.others AS o)));  -- anchors in the chain's order
    v_days := ARRAY(  -- at once: no cursor may be open on a table that is altered
        SELECT v_today + n FROM generate_series(0, least(greatest(coalesce(p_days_ahead, 1), 1), 60)) AS n
        UNION
        SELECT (o.at AT TIME ZONE 'UTC')::date FROM approvals_audit.others AS o
        WHERE o.at < (v_today + 61)::timestamp AT TIME ZONE 'UTC'
        ORDER BY 1);
    FOREACH v_day IN ARRAY v_days LOOP
        made := made + approvals.make_audit_partition_v1(v_day)::integer;
    END LOOP;
END $$;
