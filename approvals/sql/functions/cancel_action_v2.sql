-- Withdraw an action that is pending, or approved and not yet taken up: its proposer, one of its approvers, or an
-- administrator.
CREATE FUNCTION approvals.cancel_action_v2(p_id text, p_revision integer, p_by text, p_roles text[], p_reason text)
RETURNS approvals.actions
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_action approvals.actions := approvals.lock_action_v1(p_id, p_revision);
BEGIN
    IF v_action.proposer <> p_by AND NOT 'admin' = ANY (p_roles) AND NOT EXISTS (
        SELECT 1 FROM approvals.decisions AS d
        WHERE (d.tenant, d.action_id, d.revision, d.reviewer) = (v_action.tenant, p_id, p_revision, p_by))
    THEN
        RAISE EXCEPTION 'action % was neither proposed nor approved by %', p_id, p_by USING ERRCODE = 'PS013';
    END IF;
    UPDATE approvals.actions
    SET state = 'CANCELLED', reason = p_reason, finished_at = clock_timestamp(), changed_by = p_by
    WHERE (tenant, id) = (v_action.tenant, p_id) RETURNING * INTO v_action;
    RETURN v_action;
END $$;
