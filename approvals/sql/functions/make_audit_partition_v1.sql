-- Make the partition of one day (UTC), unless there is one that covers it; whether it was made. Entries of the day that
-- the default partition took in, because this one was missing, move over as they are.
CREATE FUNCTION approvals.make_audit_partition_v1(p_day date) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_name text := 'day_' || to_char(p_day, 'YYYYMMDD');
    v_from timestamptz := p_day::timestamp AT TIME ZONE 'UTC';
    v_to timestamptz := (p_day + 1)::timestamp AT TIME ZONE 'UTC';
BEGIN
    IF EXISTS (SELECT FROM approvals.audit_partitions AS p WHERE p.from_at < v_to AND p.to_at > v_from) THEN
        RETURN false;
    END IF;
    EXECUTE format(
        'CREATE TABLE approvals_audit.%I (LIKE approvals.audit INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', v_name);
    PERFORM approvals.guard_audit_partition_v1(v_name);
    LOCK TABLE approvals_audit.others IN ACCESS EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM approvals_audit.others AS o WHERE o.at >= v_from AND o.at < v_to) THEN
        ALTER TABLE approvals_audit.others DISABLE TRIGGER keep;
        EXECUTE format(
            'WITH moved AS (DELETE FROM approvals_audit.others WHERE at >= $1 AND at < $2 RETURNING *)'
            ' INSERT INTO approvals_audit.%I SELECT * FROM moved', v_name) USING v_from, v_to;
        ALTER TABLE approvals_audit.others ENABLE TRIGGER keep;
    END IF;
    EXECUTE format(
        'ALTER TABLE approvals.audit ATTACH PARTITION approvals_audit.%I FOR VALUES FROM (%L) TO (%L)',
        v_name, v_from, v_to);
    INSERT INTO approvals.audit_partitions (name, from_at, to_at) VALUES (v_name, v_from, v_to);
    RETURN true;
END $$;
