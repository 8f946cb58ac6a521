-- Give a pending action a new revision. Votes are of a digest, so those on earlier revisions no longer count.
CREATE FUNCTION approvals.edit_action_v1(
    p_id text, p_revision integer, p_canonical bytea, p_exposure jsonb, p_summary text, p_reversible boolean,
    p_evidence jsonb, p_required_approvals integer, p_editor text, p_reason text
) RETURNS approvals.actions
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_action approvals.actions := approvals.lock_action_v1(p_id, p_revision);
    v_doc jsonb := convert_from(p_canonical, 'UTF8')::jsonb;
    v_digest text := approvals.digest_v1(p_canonical);
BEGIN
    IF v_action.state <> 'PENDING' THEN
        RAISE EXCEPTION 'action % is %', p_id, v_action.state USING ERRCODE = 'PS003';
    END IF;
    INSERT INTO approvals.revisions (
        tenant, action_id, revision, canonical, digest, exposure, summary, policy_version, editor, reason)
    VALUES (v_action.tenant, p_id, p_revision + 1, p_canonical, v_digest, p_exposure, p_summary,
            v_doc ->> 'policy_version', p_editor, p_reason);
    UPDATE approvals.actions SET
        revision = p_revision + 1, canonical = p_canonical, digest = v_digest, args = v_doc -> 'args',
        tool_schema_hash = v_doc ->> 'tool_schema_hash', target_account = v_doc ->> 'target_account',
        target_state_digest = v_doc ->> 'target_state_digest', policy_version = v_doc ->> 'policy_version',
        exposure = p_exposure, summary = p_summary, reversible = p_reversible,
        evidence = p_evidence, required_approvals = p_required_approvals, changed_by = p_editor
    WHERE (tenant, id) = (v_action.tenant, p_id) RETURNING * INTO v_action;
    RETURN v_action;
END $$;
