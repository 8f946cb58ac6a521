-- Close one attempt of a delivery: delivered when there is no error; else due again after a pause, or dead after the
-- last attempt, or at once when no attempt can help. Returns the state it is in.
CREATE FUNCTION approvals.finish_notice_v1(
    p_tenant text, p_seq bigint, p_channel text, p_error text, p_retry_seconds double precision, p_max_attempts integer
) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_state text;
BEGIN
    UPDATE approvals.notice_deliveries AS d SET
        state = CASE WHEN p_error IS NULL THEN 'delivered'
                     WHEN p_retry_seconds IS NULL OR d.attempts >= p_max_attempts THEN 'dead'
                     ELSE 'pending' END,
        error = p_error,
        delivered_at = CASE WHEN p_error IS NULL THEN clock_timestamp() END,
        due_at = clock_timestamp() + make_interval(secs => coalesce(p_retry_seconds, 0))
    WHERE (d.tenant, d.seq, d.channel) = (p_tenant, p_seq, p_channel) AND d.state <> 'delivered'
    RETURNING d.state INTO v_state;
    RETURN v_state;
END $$;
