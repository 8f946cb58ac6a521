-- Raise unless the digest is that of the canonical bytes and the columns hold exactly what those bytes say.
CREATE FUNCTION approvals.check_payload_v1(p_action approvals.actions) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF p_action.digest IS DISTINCT FROM approvals.digest_v1(p_action.canonical) THEN
        RAISE EXCEPTION 'action %: the digest is not that of its canonical bytes', p_action.id USING ERRCODE = 'PS015';
    END IF;
    IF convert_from(p_action.canonical, 'UTF8')::jsonb IS DISTINCT FROM jsonb_build_object(
        'v', 1, 'tenant', p_action.tenant, 'server', p_action.server, 'tool', p_action.tool,
        'tool_schema_hash', p_action.tool_schema_hash, 'args', p_action.args,
        'target_account', p_action.target_account, 'target_state_digest', p_action.target_state_digest,
        'policy_version', p_action.policy_version)
    THEN
        RAISE EXCEPTION 'action %: its columns are not what its canonical bytes say', p_action.id
            USING ERRCODE = 'PS015';
    END IF;
END $$;
