-- Close one action that time has closed, of any tenant: a proposal past its expiry, or an execution out of attempts, of
-- which nobody knows whether it had an effect. Whether there was one; one a transaction, so that no two wait crosswise.
CREATE FUNCTION approvals.expire_next_v1(p_max_attempts integer, p_worker text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    WITH due AS (
        SELECT a.tenant, a.id, a.state FROM approvals.actions AS a
        WHERE (a.state IN ('PENDING', 'APPROVED') AND a.expires_at <= clock_timestamp())
           OR (a.state = 'EXECUTING' AND a.attempts >= p_max_attempts AND a.lease_until <= clock_timestamp())
        LIMIT 1 FOR UPDATE SKIP LOCKED)
    UPDATE approvals.actions AS a SET
        state = CASE due.state WHEN 'EXECUTING' THEN 'UNKNOWN' ELSE 'EXPIRED' END,
        reason = CASE due.state WHEN 'EXECUTING' THEN concat_ws(': ', 'attempts_exhausted', a.reason) ELSE a.reason END,
        lease_until = NULL, finished_at = clock_timestamp(), changed_by = p_worker
    FROM due WHERE (a.tenant, a.id) = (due.tenant, due.id);
    RETURN FOUND;
END $$;
