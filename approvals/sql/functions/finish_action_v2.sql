-- Close an execution with its outcome. Only the newest claim can: a worker that was overtaken has a stale fence.
CREATE FUNCTION approvals.finish_action_v2(
    p_tenant text, p_id text, p_fence bigint, p_state text, p_receipt jsonb, p_reason text, p_worker text
) RETURNS approvals.actions
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_action approvals.actions;
BEGIN
    IF p_state IS NULL OR p_state NOT IN ('SUCCEEDED', 'FAILED', 'FAILED_PARTIAL', 'UNKNOWN') THEN
        RAISE EXCEPTION 'an execution does not finish as %', p_state USING ERRCODE = 'PS009';
    END IF;
    UPDATE approvals.actions
    SET state = p_state, receipt = p_receipt, reason = p_reason, finished_at = clock_timestamp(),
        lease_until = NULL, changed_by = p_worker
    WHERE tenant = p_tenant AND id = p_id AND state = 'EXECUTING' AND fence = p_fence
    RETURNING * INTO v_action;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'action %: fence % is not the present claim', p_id, p_fence USING ERRCODE = 'PS011';
    END IF;
    RETURN v_action;
END $$;
