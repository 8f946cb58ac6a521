-- Raise unless the digest is that of the canonical bytes and the columns hold exactly what those bytes say.
CREATE FUNCTION approvals.check_payload_v2(p_action approvals.actions) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_doc jsonb := convert_from(p_action.canonical, 'UTF8')::jsonb;
BEGIN
    IF p_action.digest IS DISTINCT FROM approvals.digest_v1(p_action.canonical) THEN
        RAISE EXCEPTION 'action %: the digest is not that of its canonical bytes', p_action.id USING ERRCODE = 'PS015';
    END IF;
    IF NOT (v_doc ?& '{target,provenance}') OR v_doc - '{target,provenance}'::text[] IS DISTINCT FROM jsonb_build_object(
        'v', 2, 'tenant', p_action.tenant, 'server', p_action.server, 'tool', p_action.tool,
        'tool_schema_hash', p_action.tool_schema_hash, 'args', p_action.args,
        'target_account', p_action.target_account, 'target_state_digest', p_action.target_state_digest,
        'exposure', p_action.exposure, 'summary', p_action.summary, 'reversible', p_action.reversible,
        'evidence', p_action.evidence, 'compensates', p_action.compensates, 'policy_version', p_action.policy_version)
        OR v_doc -> 'provenance' ->> 'requested_by' IS DISTINCT FROM p_action.proposer
        OR v_doc -> 'provenance' -> 'via' IS DISTINCT FROM to_jsonb(p_action.actors)
    THEN
        RAISE EXCEPTION 'action %: its columns are not what its canonical bytes say', p_action.id
            USING ERRCODE = 'PS015';
    END IF;
    IF (p_action.terms ->> 'required_approvals')::integer IS DISTINCT FROM p_action.required_approvals
        OR p_action.terms ->> 'policy_version' IS DISTINCT FROM p_action.policy_version
    THEN
        RAISE EXCEPTION 'action %: its terms are not those of its policy', p_action.id USING ERRCODE = 'PS015';
    END IF;
END $$;
