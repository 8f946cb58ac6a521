-- Drop partitions whose entries are all from before a day (UTC), oldest first; how many. Where each tenant's chain went
-- on is kept as an anchor, in the same transaction.
CREATE FUNCTION approvals.drop_audit_before_v1(p_day date) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_name text;
    v_count integer := 0;
BEGIN
    FOR v_name IN
        SELECT p.name FROM approvals.audit_partitions AS p
        WHERE p.to_at <= p_day::timestamp AT TIME ZONE 'UTC' ORDER BY p.to_at
    LOOP
        EXECUTE format(
            'INSERT INTO approvals.audit_anchors (tenant, seq, hash, at, dropped)'
            ' SELECT DISTINCT ON (tenant) tenant, seq, hash, at, %L FROM approvals_audit.%I ORDER BY tenant, seq DESC',
            v_name, v_name);
        EXECUTE format('ALTER TABLE approvals.audit DETACH PARTITION approvals_audit.%I', v_name);
        EXECUTE format('DROP TABLE approvals_audit.%I', v_name);
        DELETE FROM approvals.audit_partitions AS p WHERE p.name = v_name;
        v_count := v_count + 1;
    END LOOP;
    RETURN v_count;
END $$;
