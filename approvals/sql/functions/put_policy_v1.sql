-- Put the next version of a tenant's policy in force; raises PS021 when the present one is not the version expected.
CREATE FUNCTION approvals.put_policy_v1(p_name text, p_document jsonb, p_expected integer, p_author text)
RETURNS approvals.policies
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_tenant text := current_setting('app.tenant', true);
    v_present integer;
    v_policy approvals.policies;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('approvals.policies:' || v_tenant, 0));
    SELECT max(version) INTO v_present FROM approvals.policies WHERE tenant IN (v_tenant, '*') AND name = p_name;
    IF p_expected IS NOT NULL AND p_expected IS DISTINCT FROM coalesce(v_present, 0) THEN
        RAISE EXCEPTION 'policy % is at version %', p_name, coalesce(v_present, 0) USING ERRCODE = 'PS021';
    END IF;
    INSERT INTO approvals.policies (tenant, name, version, document, author)
    VALUES (v_tenant, p_name, coalesce(v_present, 0) + 1, p_document, p_author) RETURNING * INTO v_policy;
    PERFORM approvals.note_v1(v_tenant, 'policy_changed', 'policy:' || p_name, v_policy.version,
                              approvals.digest_v1(convert_to(p_document::text, 'UTF8')), p_author, '{}');
    RETURN v_policy;
END $$;
