-- Entries of the present tenant between two sequence numbers that do not hold, and why; none when intact. The first is
-- checked against the entry before it, or against the anchor that a dropped partition left.
CREATE FUNCTION approvals.broken_audit_v2(p_from bigint, p_to bigint) RETURNS TABLE (seq bigint, reason text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH before AS MATERIALIZED (
        SELECT entry.seq, entry.hash FROM approvals.audit AS entry
        WHERE entry.tenant = current_setting('app.tenant', true) AND entry.seq = p_from - 1
        UNION ALL
        SELECT anchor.seq, anchor.hash FROM approvals.audit_anchors AS anchor
        WHERE anchor.tenant = current_setting('app.tenant', true) AND anchor.seq = p_from - 1
        UNION ALL
        SELECT 0, sha256(''::bytea) WHERE p_from = 1
        LIMIT 1
    ), chained AS (
        SELECT entry.seq, entry.previous_hash,
               entry.hash IS DISTINCT FROM approvals.audit_hash_v1(entry) AS altered,
               coalesce(lag(entry.seq) OVER chain, (SELECT before.seq FROM before)) AS before_seq,
               coalesce(lag(entry.hash) OVER chain, (SELECT before.hash FROM before)) AS before_hash
        FROM approvals.audit AS entry
        WHERE entry.tenant = current_setting('app.tenant', true) AND entry.seq BETWEEN p_from AND p_to
        WINDOW chain AS (ORDER BY entry.seq, entry.at)
    ), checked AS (
        SELECT chained.seq, CASE
            WHEN chained.altered THEN 'altered'
            WHEN chained.before_seq = chained.seq THEN 'duplicated'
            WHEN chained.before_seq IS NULL OR chained.before_seq + 1 <> chained.seq THEN 'gap'
            WHEN chained.previous_hash IS DISTINCT FROM chained.before_hash THEN 'unlinked'
        END AS reason FROM chained
    )
    SELECT checked.seq, checked.reason FROM checked WHERE checked.reason IS NOT NULL ORDER BY checked.seq
$$;
