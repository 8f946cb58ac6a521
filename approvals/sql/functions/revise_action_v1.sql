-- Give an action a new revision under the policy in force: votes on earlier digests no longer count, its reservations are
-- those of the new one, and no rule approves it: what was changed is for people to decide.
CREATE FUNCTION approvals.revise_action_v1(
    p_action approvals.actions, p_canonical bytea, p_editor text, p_reason text, p_by text
) RETURNS approvals.actions
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_doc jsonb := convert_from(p_canonical, 'UTF8')::jsonb;
    v_digest text := approvals.digest_v1(p_canonical);
    v_policy approvals.policies := approvals.policy_in_force_v1(p_action.tenant, p_action.server, p_action.tool);
    v_terms jsonb;
BEGIN
    IF (v_doc ->> 'tenant', v_doc ->> 'server', v_doc ->> 'tool')
        IS DISTINCT FROM (p_action.tenant, p_action.server, p_action.tool)
    THEN
        RAISE EXCEPTION 'action %: what it is and who proposed it never change', p_action.id USING ERRCODE = 'PS010';
    END IF;
    IF v_doc ->> 'policy_version' IS DISTINCT FROM v_policy.name || '-' || v_policy.version THEN
        RAISE EXCEPTION 'the policy in force is %-%', v_policy.name, v_policy.version USING ERRCODE = 'PS018';
    END IF;
    v_terms := approvals.terms_v1(v_policy, v_doc,
        approvals.reserve_v1(p_action.id, p_action.revision + 1, v_doc, v_policy)) || '{"automatic": null}';
    INSERT INTO approvals.revisions (
        tenant, action_id, revision, canonical, digest, exposure, summary, policy_version, editor, reason)
    VALUES (p_action.tenant, p_action.id, p_action.revision + 1, p_canonical, v_digest, v_doc -> 'exposure',
            v_doc ->> 'summary', v_doc ->> 'policy_version', p_editor, p_reason);
    UPDATE approvals.actions SET
        revision = p_action.revision + 1, state = 'PENDING', canonical = p_canonical, digest = v_digest,
        args = v_doc -> 'args', tool_schema_hash = v_doc ->> 'tool_schema_hash',
        target_account = v_doc ->> 'target_account', target_state_digest = v_doc ->> 'target_state_digest',
        policy_version = v_doc ->> 'policy_version', exposure = v_doc -> 'exposure', summary = v_doc ->> 'summary',
        reversible = (v_doc -> 'reversible')::boolean, evidence = v_doc -> 'evidence', terms = v_terms,
        required_approvals = (v_terms -> 'required_approvals')::integer, lease_until = NULL, decided_at = NULL,
        dispatch_after = NULL, broke_glass = false, attempts = 0, changed_by = p_by
    WHERE (tenant, id) = (p_action.tenant, p_action.id) RETURNING * INTO p_action;
    RETURN p_action;
END $$;
