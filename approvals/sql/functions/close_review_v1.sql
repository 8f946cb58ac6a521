-- Close the review of an action that was released by breaking the glass: by somebody who neither proposed nor released it.
CREATE FUNCTION approvals.close_review_v1(p_id text, p_by text, p_finding text) RETURNS approvals.post_reviews
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_tenant text := current_setting('app.tenant', true);
    v_review approvals.post_reviews;
BEGIN
    IF EXISTS (SELECT 1 FROM approvals.actions WHERE (tenant, id, proposer) = (v_tenant, p_id, p_by))
        OR EXISTS (SELECT 1 FROM approvals.decisions
                   WHERE (tenant, action_id, reviewer, decision) = (v_tenant, p_id, p_by, 'break_glass'))
    THEN
        RAISE EXCEPTION 'who proposed or released action % does not review it', p_id USING ERRCODE = 'PS005';
    END IF;
    UPDATE approvals.post_reviews SET closed_at = clock_timestamp(), closed_by = p_by, finding = p_finding
    WHERE tenant = v_tenant AND action_id = p_id AND closed_at IS NULL RETURNING * INTO v_review;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no review of action % is open', p_id USING ERRCODE = 'PS023';
    END IF;
    PERFORM approvals.note_v1(v_tenant, 'reviewed', p_id, 1, '', p_by, '{}');
    RETURN v_review;
END $$;
