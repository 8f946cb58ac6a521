-- Record one person's vote on one revision; a rejection, or the last approval needed, moves the action.
CREATE FUNCTION approvals.decide_action_v2(
    p_id text, p_revision integer, p_digest text, p_decision text, p_reviewer text, p_roles text[], p_on_behalf_of text,
    p_client_id text, p_reason text
) RETURNS approvals.actions
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_action approvals.actions := approvals.lock_action_v1(p_id, p_revision);
BEGIN
    IF p_decision = 'reject' THEN
        PERFORM approvals.release_v1(v_action.tenant, p_id); -- the ledger before the audit, as whoever proposes locks them
    END IF;
    INSERT INTO approvals.decisions (
        tenant, action_id, revision, digest, decision, reviewer, roles, on_behalf_of, client_id, reason)
    VALUES (v_action.tenant, p_id, p_revision, coalesce(p_digest, v_action.digest), p_decision, p_reviewer, p_roles,
            p_on_behalf_of, p_client_id, p_reason);
    IF p_decision = 'reject' THEN
        UPDATE approvals.actions
        SET state = 'REJECTED', reason = p_reason, decided_at = clock_timestamp(), changed_by = p_reviewer
        WHERE (tenant, id) = (v_action.tenant, p_id) RETURNING * INTO v_action;
    ELSIF approvals.is_approved_v2(v_action) THEN
        v_action := approvals.release_action_v1(v_action, p_reviewer);
    END IF;
    RETURN v_action;
END $$;
