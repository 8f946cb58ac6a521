-- Entries of the present tenant between two sequence numbers whose hash or link does not hold; none when intact.
CREATE FUNCTION approvals.broken_audit_v1(p_from bigint, p_to bigint) RETURNS SETOF bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT numbered.seq FROM (
        SELECT entry.seq,
               entry.hash IS DISTINCT FROM approvals.audit_hash_v1(entry) AS altered,
               coalesce(lag(entry.hash) OVER chain, sha256(''::bytea)) IS DISTINCT FROM entry.previous_hash
                   OR coalesce(lag(entry.seq) OVER chain, 0) + 1 <> entry.seq AS unlinked
        FROM approvals.audit AS entry
        WHERE entry.tenant = current_setting('app.tenant', true) AND entry.seq BETWEEN p_from - 1 AND p_to
        WINDOW chain AS (ORDER BY entry.seq)
    ) AS numbered
    WHERE numbered.seq >= p_from AND (numbered.altered OR numbered.unlinked)
$$;
