-- Give a pending action a new revision by a person, who cannot be its only approver.
CREATE FUNCTION approvals.edit_action_v2(
    p_id text, p_revision integer, p_canonical bytea, p_editor text, p_reason text
) RETURNS approvals.actions
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_action approvals.actions := approvals.lock_action_v1(p_id, p_revision);
BEGIN
    IF v_action.state <> 'PENDING' THEN
        RAISE EXCEPTION 'action % is %', p_id, v_action.state USING ERRCODE = 'PS003';
    END IF;
    RETURN approvals.revise_action_v1(v_action, p_canonical, p_editor, p_reason, p_editor);
END $$;
