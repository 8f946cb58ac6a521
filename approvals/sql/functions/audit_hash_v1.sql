-- The hash of one audit entry over the hash before it. The order and form of the fields never change.
CREATE FUNCTION approvals.audit_hash_v1(entry approvals.audit) RETURNS bytea
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT sha256(entry.previous_hash || convert_to(jsonb_build_array(
        entry.tenant, entry.seq, to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        entry.event, entry.action_id, entry.revision, entry.digest, entry.actor, entry.detail)::text, 'UTF8'))
$$;
