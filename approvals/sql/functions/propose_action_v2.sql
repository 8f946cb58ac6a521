-- Queue an action of the present tenant. What it is comes from the canonical bytes alone, what it takes from the policy in
-- force. The same idempotency key for the same server and tool gives the same action back; for other arguments or another
-- proposer it is a conflict. A rule of the policy may approve it at once, where one is enabled.
CREATE FUNCTION approvals.propose_action_v2(
    p_id text, p_canonical bytea, p_proposer text, p_actors text[], p_client_id text, p_idempotency_key text
) RETURNS approvals.actions
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_doc jsonb := convert_from(p_canonical, 'UTF8')::jsonb;
    v_tenant text := v_doc ->> 'tenant';
    v_policy approvals.policies := approvals.policy_in_force_v1(v_tenant, v_doc ->> 'server', v_doc ->> 'tool');
    v_action approvals.actions;
    v_first jsonb;
    v_terms jsonb;
    v_now timestamptz;
BEGIN
    IF p_idempotency_key IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock(hashtextextended(
            'approvals.key:' || jsonb_build_array(v_tenant, v_doc -> 'server', v_doc -> 'tool', p_idempotency_key)::text, 0));
        SELECT * INTO v_action FROM approvals.actions
        WHERE (tenant, server, tool, idempotency_key)
            = (v_tenant, v_doc ->> 'server', v_doc ->> 'tool', p_idempotency_key);
        IF FOUND THEN
            SELECT convert_from(canonical, 'UTF8')::jsonb INTO STRICT v_first FROM approvals.revisions
            WHERE (tenant, action_id, revision) = (v_tenant, v_action.id, 1);
            IF v_action.proposer <> p_proposer OR v_first -> 'args' IS DISTINCT FROM v_doc -> 'args'
                OR v_first -> 'target_account' IS DISTINCT FROM v_doc -> 'target_account'
            THEN
                RAISE EXCEPTION 'idempotency key % belongs to another request', p_idempotency_key
                    USING ERRCODE = 'PS007', DETAIL = v_action.id;
            END IF;
            RETURN v_action;
        END IF;
    END IF;
    IF v_doc ->> 'policy_version' IS DISTINCT FROM v_policy.name || '-' || v_policy.version THEN
        RAISE EXCEPTION 'the policy in force is %-%', v_policy.name, v_policy.version USING ERRCODE = 'PS018';
    END IF;
    v_terms := approvals.terms_v1(v_policy, v_doc, approvals.reserve_v1(p_id, 1, v_doc, v_policy));
    v_now := clock_timestamp();
    INSERT INTO approvals.actions (
        tenant, id, server, tool, tool_schema_hash, canonical, digest, args, target_account, target_state_digest,
        exposure, summary, reversible, evidence, compensates, proposer, actors, client_id, idempotency_key,
        required_approvals, policy_version, terms, created_at, expires_at, remind_at, escalate_at, changed_by)
    SELECT
        v_tenant, p_id, v_doc ->> 'server', v_doc ->> 'tool', v_doc ->> 'tool_schema_hash', p_canonical,
        approvals.digest_v1(p_canonical), v_doc -> 'args', v_doc ->> 'target_account', v_doc ->> 'target_state_digest',
        v_doc -> 'exposure', v_doc ->> 'summary', (v_doc -> 'reversible')::boolean, v_doc -> 'evidence',
        v_doc ->> 'compensates', p_proposer, p_actors, p_client_id, p_idempotency_key,
        (v_terms -> 'required_approvals')::integer, v_doc ->> 'policy_version', v_terms, v_now,
        times.expires_at, CASE WHEN times.remind_at < v_now THEN v_now ELSE times.remind_at END, times.escalate_at,
        p_proposer
    FROM approvals.times_v1(v_terms, v_now) AS times
    RETURNING * INTO v_action;
    INSERT INTO approvals.revisions (tenant, action_id, revision, canonical, digest, exposure, summary, policy_version)
    VALUES (v_tenant, p_id, 1, p_canonical, v_action.digest, v_action.exposure, v_action.summary,
            v_action.policy_version);
    IF (v_terms -> 'automatic' -> 'approved')::boolean THEN
        INSERT INTO approvals.decisions (
            tenant, action_id, revision, digest, decision, reviewer, roles, client_id, automatic)
        VALUES (v_tenant, p_id, 1, v_action.digest, 'approve',
                'rule:' || v_action.policy_version || '/' || (v_terms -> 'automatic' ->> 'rule'), '{}', 'approvals',
                v_terms -> 'automatic');
        v_action := approvals.release_action_v1(v_action, 'rule:' || (v_terms -> 'automatic' ->> 'rule'));
    END IF;
    RETURN v_action;
END $$;
