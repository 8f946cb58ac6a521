-- Put the installation's default policy in force for every tenant that has none of its own; nothing if it is in force.
CREATE FUNCTION approvals.install_policy_v1(p_document jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_present approvals.policies;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('approvals.policies:*', 0));
    SELECT * INTO v_present FROM approvals.policies WHERE tenant = '*' AND name = 'default' ORDER BY version DESC LIMIT 1;
    IF v_present.document IS DISTINCT FROM p_document THEN
        INSERT INTO approvals.policies (tenant, name, version, document, author)
        VALUES ('*', 'default', coalesce(v_present.version, 0) + 1, p_document, 'installation');
    END IF;
END $$;
