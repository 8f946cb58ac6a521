-- Give a claim back for a later attempt: its lease ends after the delay, and the reason can be read meanwhile.
CREATE FUNCTION approvals.defer_action_v1(
    p_tenant text, p_id text, p_fence bigint, p_delay_seconds double precision, p_reason text, p_worker text
) RETURNS approvals.actions
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_action approvals.actions;
BEGIN
    UPDATE approvals.actions
    SET lease_until = clock_timestamp() + make_interval(secs => p_delay_seconds), reason = p_reason,
        changed_by = p_worker
    WHERE tenant = p_tenant AND id = p_id AND state = 'EXECUTING' AND fence = p_fence
    RETURNING * INTO v_action;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'action %: fence % is not the present claim', p_id, p_fence USING ERRCODE = 'PS011';
    END IF;
    RETURN v_action;
END $$;
