-- Lease one action of any tenant: the oldest approved one, or one whose lease ran out. Each claim has a higher fence.
CREATE FUNCTION approvals.claim_action_v1(p_worker text, p_lease_seconds integer, p_max_attempts integer)
RETURNS SETOF approvals.actions
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    WITH due AS (
        SELECT a.tenant, a.id FROM approvals.actions AS a
        WHERE a.state IN ('APPROVED', 'EXECUTING')
          AND CASE a.state
                  WHEN 'APPROVED' THEN a.expires_at > clock_timestamp() AND approvals.is_approved_v1(a)
                  ELSE a.lease_until <= clock_timestamp() AND a.attempts < p_max_attempts
              END
        ORDER BY coalesce(a.lease_until, a.decided_at)
        LIMIT 1
        FOR UPDATE SKIP LOCKED)
    UPDATE approvals.actions AS a
    SET state = 'EXECUTING', fence = a.fence + 1, attempts = a.attempts + 1, changed_by = p_worker,
        lease_until = clock_timestamp() + make_interval(secs => p_lease_seconds)
    FROM due WHERE (a.tenant, a.id) = (due.tenant, due.id)
    RETURNING a.*;
END $$;
