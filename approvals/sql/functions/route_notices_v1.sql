-- Give new notices of every tenant to the channels that want them, each `{name, tenants, events}` with null for all;
-- how many notices there were.
CREATE FUNCTION approvals.route_notices_v1(p_channels jsonb, p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_count integer;
BEGIN
    WITH routed AS (
        UPDATE approvals.notices AS n SET routed_at = clock_timestamp()
        WHERE (n.tenant, n.seq) IN (
            SELECT o.tenant, o.seq FROM approvals.notices AS o WHERE o.routed_at IS NULL
            ORDER BY o.at LIMIT p_limit FOR UPDATE SKIP LOCKED)
        RETURNING n.tenant, n.seq, n.event
    ), given AS (
        INSERT INTO approvals.notice_deliveries (tenant, seq, channel)
        SELECT r.tenant, r.seq, c.value ->> 'name'
        FROM routed AS r CROSS JOIN jsonb_array_elements(p_channels) AS c
        WHERE (jsonb_typeof(c.value -> 'tenants') = 'null' OR c.value -> 'tenants' ? r.tenant)
          AND (jsonb_typeof(c.value -> 'events') = 'null' OR c.value -> 'events' ? r.event)
        RETURNING 1
    )
    SELECT count(*) INTO v_count FROM routed;
    RETURN v_count;
END $$;
