-- Close what time has closed, in every tenant: proposals past their expiry, and executions out of attempts, of which
-- nobody knows whether they had an effect. Returns how many. Tenant by tenant, the order audit locks are taken in.
CREATE FUNCTION approvals.expire_actions_v1(p_max_attempts integer, p_worker text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_due record;
    v_count integer := 0;
BEGIN
    FOR v_due IN
        SELECT a.tenant, a.id, a.state FROM approvals.actions AS a
        WHERE (a.state IN ('PENDING', 'APPROVED') AND a.expires_at <= clock_timestamp())
           OR (a.state = 'EXECUTING' AND a.attempts >= p_max_attempts AND a.lease_until <= clock_timestamp())
        ORDER BY a.tenant, a.id LIMIT 500 FOR UPDATE SKIP LOCKED
    LOOP
        UPDATE approvals.actions AS a SET
            state = CASE v_due.state WHEN 'EXECUTING' THEN 'UNKNOWN' ELSE 'EXPIRED' END,
            reason = CASE v_due.state WHEN 'EXECUTING' THEN concat_ws(': ', 'attempts_exhausted', a.reason)
                                      ELSE a.reason END,
            lease_until = NULL, finished_at = clock_timestamp(), changed_by = p_worker
        WHERE (a.tenant, a.id) = (v_due.tenant, v_due.id);
        v_count := v_count + 1;
    END LOOP;
    RETURN v_count;
END $$;
