-- Settle an action of which nobody knew whether it had an effect: what a person other than its proposer found out. It is
-- never tried again.
CREATE FUNCTION approvals.reconcile_action_v1(p_id text, p_state text, p_receipt jsonb, p_by text, p_reason text)
RETURNS approvals.actions
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_action approvals.actions;
BEGIN
    SELECT * INTO v_action FROM approvals.actions
    WHERE tenant = current_setting('app.tenant', true) AND id = p_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no action %', p_id USING ERRCODE = 'PS001';
    END IF;
    IF v_action.state <> 'UNKNOWN' THEN
        RAISE EXCEPTION 'action % is %', p_id, v_action.state USING ERRCODE = 'PS003';
    END IF;
    IF v_action.proposer = p_by THEN
        RAISE EXCEPTION 'who proposed action % cannot settle it', p_id USING ERRCODE = 'PS005';
    END IF;
    UPDATE approvals.actions SET state = p_state, receipt = p_receipt, reason = p_reason, changed_by = p_by
    WHERE (tenant, id) = (v_action.tenant, p_id) RETURNING * INTO v_action;
    RETURN v_action;
END $$;
