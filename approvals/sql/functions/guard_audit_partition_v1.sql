-- Give a partition of the audit what its parent has: tenants apart, rows kept as they are, and nobody's direct access.
CREATE FUNCTION approvals.guard_audit_partition_v1(p_name text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('ALTER TABLE approvals_audit.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', p_name);
    EXECUTE format(
        'CREATE POLICY tenant_isolation ON approvals_audit.%I USING (tenant = current_setting(''app.tenant'', true))'
        ' WITH CHECK (tenant = current_setting(''app.tenant'', true))', p_name);
    EXECUTE format(
        'CREATE POLICY every_tenant ON approvals_audit.%I TO promptsales_approvals_archivist'
        ' USING (true) WITH CHECK (true)', p_name);
    EXECUTE format(
        'CREATE TRIGGER keep BEFORE UPDATE OR DELETE OR TRUNCATE ON approvals_audit.%I'
        ' FOR EACH STATEMENT EXECUTE FUNCTION approvals.refuse_change_v1()', p_name);
END $$;
