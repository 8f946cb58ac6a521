-- Queue an action of the present tenant. What it is comes from the canonical bytes alone. The same idempotency key for
-- the same server and tool gives the same action back; for other arguments or another proposer it is a conflict.
CREATE FUNCTION approvals.propose_action_v1(
    p_id text, p_canonical bytea, p_exposure jsonb, p_summary text, p_reversible boolean, p_evidence jsonb,
    p_proposer text, p_actors text[], p_client_id text, p_idempotency_key text,
    p_required_approvals integer, p_expires_in_seconds integer
) RETURNS approvals.actions
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_doc jsonb := convert_from(p_canonical, 'UTF8')::jsonb;
    v_action approvals.actions;
    v_first jsonb;
BEGIN
    INSERT INTO approvals.actions (
        tenant, id, server, tool, tool_schema_hash, canonical, digest, args, target_account, target_state_digest,
        exposure, summary, reversible, evidence, proposer, actors, client_id, idempotency_key,
        required_approvals, policy_version, expires_at, changed_by)
    VALUES (
        v_doc ->> 'tenant', p_id, v_doc ->> 'server', v_doc ->> 'tool', v_doc ->> 'tool_schema_hash', p_canonical,
        approvals.digest_v1(p_canonical), v_doc -> 'args', v_doc ->> 'target_account', v_doc ->> 'target_state_digest',
        p_exposure, p_summary, p_reversible, p_evidence, p_proposer, p_actors, p_client_id, p_idempotency_key,
        p_required_approvals, v_doc ->> 'policy_version',
        clock_timestamp() + make_interval(secs => p_expires_in_seconds), p_proposer)
    ON CONFLICT (tenant, server, tool, idempotency_key) DO NOTHING
    RETURNING * INTO v_action;
    IF FOUND THEN
        INSERT INTO approvals.revisions (tenant, action_id, revision, canonical, digest, exposure, summary, policy_version)
        VALUES (v_action.tenant, p_id, 1, p_canonical, v_action.digest, p_exposure, p_summary, v_action.policy_version);
        RETURN v_action;
    END IF;
    SELECT * INTO STRICT v_action FROM approvals.actions
    WHERE (tenant, server, tool, idempotency_key)
        = (v_doc ->> 'tenant', v_doc ->> 'server', v_doc ->> 'tool', p_idempotency_key);
    SELECT convert_from(canonical, 'UTF8')::jsonb INTO STRICT v_first FROM approvals.revisions
    WHERE (tenant, action_id, revision) = (v_action.tenant, v_action.id, 1);
    IF v_action.proposer <> p_proposer OR v_first -> 'args' IS DISTINCT FROM v_doc -> 'args'
        OR v_first -> 'target_account' IS DISTINCT FROM v_doc -> 'target_account'
    THEN
        RAISE EXCEPTION 'idempotency key % belongs to another request', p_idempotency_key
            USING ERRCODE = 'PS007', DETAIL = v_action.id;
    END IF;
    RETURN v_action;
END $$;
