-- Move a pending action that enough people approved on to APPROVED. It can be withdrawn for as long as its tier says, and
-- is not taken up in quiet hours or on blackout dates; two administrators who broke the glass do not wait.
CREATE FUNCTION approvals.release_action_v1(p_action approvals.actions, p_by text) RETURNS approvals.actions
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_glass boolean := (
        SELECT count(DISTINCT d.reviewer) >= 2 FROM approvals.decisions AS d
        WHERE (d.tenant, d.action_id, d.revision, d.digest, d.decision)
            = (p_action.tenant, p_action.id, p_action.revision, p_action.digest, 'break_glass'));
    v_policy approvals.policies := approvals.policy_in_force_v1(p_action.tenant, p_action.server, p_action.tool);
    v_at timestamptz := clock_timestamp();
BEGIN
    IF NOT v_glass THEN
        v_at := approvals.release_at_v1(v_policy.document,
            v_at + make_interval(secs => (p_action.terms ->> 'undo_seconds')::double precision));
        IF v_at >= p_action.expires_at THEN
            RAISE EXCEPTION 'action % would expire before it could be carried out, at %', p_action.id, v_at
                USING ERRCODE = 'PS020';
        END IF;
    END IF;
    UPDATE approvals.actions
    SET state = 'APPROVED', decided_at = clock_timestamp(), dispatch_after = v_at, broke_glass = v_glass,
        changed_by = p_by
    WHERE (tenant, id) = (p_action.tenant, p_action.id) RETURNING * INTO p_action;
    IF v_glass THEN
        INSERT INTO approvals.post_reviews (tenant, action_id, revision, opened_at)
        VALUES (p_action.tenant, p_action.id, p_action.revision, clock_timestamp());
        PERFORM approvals.note_v1(p_action.tenant, 'review_due', p_action.id, p_action.revision, p_action.digest, p_by,
                                  '{}');
    END IF;
    RETURN p_action;
END $$;
