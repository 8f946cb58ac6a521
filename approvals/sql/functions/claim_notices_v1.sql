-- Take deliveries that are due on these channels, of every tenant, for a while: one whose courier is gone is due again.
-- One that has used its attempts up that way is dead.
CREATE FUNCTION approvals.claim_notices_v1(
    p_channels text[], p_limit integer, p_lease_seconds double precision, p_max_attempts integer
) RETURNS TABLE (
    tenant text, seq bigint, channel text, attempts integer, id text, event text, action_id text, revision integer,
    summary text, proposer text, at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    UPDATE approvals.notice_deliveries AS d SET state = 'dead', error = coalesce(d.error, 'the courier broke off')
    WHERE d.state = 'pending' AND d.due_at <= clock_timestamp() AND d.attempts >= p_max_attempts;
    RETURN QUERY
    WITH taken AS (
        UPDATE approvals.notice_deliveries AS d
        SET attempts = d.attempts + 1, due_at = clock_timestamp() + make_interval(secs => p_lease_seconds)
        WHERE (d.tenant, d.seq, d.channel) IN (
            SELECT o.tenant, o.seq, o.channel FROM approvals.notice_deliveries AS o
            WHERE o.state = 'pending' AND o.due_at <= clock_timestamp() AND o.channel = ANY (p_channels)
              AND o.attempts < p_max_attempts
            ORDER BY o.due_at LIMIT p_limit FOR UPDATE SKIP LOCKED)
        RETURNING d.tenant, d.seq, d.channel, d.attempts)
    SELECT t.tenant, t.seq, t.channel, t.attempts, n.id, n.event, n.action_id, n.revision, n.summary, n.proposer, n.at
    FROM taken AS t JOIN approvals.notices AS n ON (n.tenant, n.seq) = (t.tenant, t.seq) ORDER BY n.at, n.seq;
END $$;
