-- Note one reminder or escalation that is due, of any tenant; whether there was one.
CREATE FUNCTION approvals.remind_next_v1(p_worker text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_action approvals.actions;
    v_now timestamptz := clock_timestamp();
BEGIN
    SELECT * INTO v_action FROM approvals.actions AS a
    WHERE a.state = 'PENDING' AND a.expires_at > v_now AND least(a.remind_at, a.escalate_at) <= v_now
    LIMIT 1 FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF v_action.escalate_at <= v_now THEN
        PERFORM approvals.note_v1(v_action.tenant, 'escalated', v_action.id, v_action.revision, v_action.digest, p_worker,
                                  jsonb_build_object('to', v_action.terms -> 'escalate_to'));
    END IF;
    IF v_action.remind_at <= v_now THEN
        PERFORM approvals.note_v1(v_action.tenant, 'reminded', v_action.id, v_action.revision, v_action.digest, p_worker,
                                  jsonb_build_object('to', v_action.terms -> 'approver_roles'));
    END IF;
    UPDATE approvals.actions SET
        remind_at = CASE WHEN remind_at > v_now THEN remind_at END,
        escalate_at = CASE WHEN escalate_at > v_now THEN escalate_at END
    WHERE (tenant, id) = (v_action.tenant, v_action.id);
    RETURN true;
END $$;
