-- Delete notices of every tenant that are older than some days, with their deliveries; how many.
CREATE FUNCTION approvals.sweep_notices_v1(p_keep_days integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_count integer;
BEGIN
    DELETE FROM approvals.notices AS n
    WHERE (n.tenant, n.seq) IN (
        SELECT o.tenant, o.seq FROM approvals.notices AS o
        WHERE o.at < clock_timestamp() - make_interval(days => greatest(p_keep_days, 1))
        ORDER BY o.at LIMIT 5000 FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS v_count = ROW_COUNT;
    RETURN v_count;
END $$;
