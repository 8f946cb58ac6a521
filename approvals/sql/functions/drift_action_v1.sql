-- Put a claimed action back to pending, as its server would propose it now: the target is not what was approved. Only the
-- newest claim can.
CREATE FUNCTION approvals.drift_action_v1(
    p_tenant text, p_id text, p_fence bigint, p_canonical bytea, p_reason text, p_worker text
) RETURNS approvals.actions
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_action approvals.actions;
BEGIN
    SELECT * INTO v_action FROM approvals.actions
    WHERE tenant = p_tenant AND id = p_id AND state = 'EXECUTING' AND fence = p_fence FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'action %: fence % is not the present claim', p_id, p_fence USING ERRCODE = 'PS011';
    END IF;
    RETURN approvals.revise_action_v1(v_action, p_canonical, 'server:' || v_action.server, p_reason, p_worker);
END $$;
