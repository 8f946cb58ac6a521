-- Keep the answer to a request, for whoever repeats it within a day; a request that was refused uses no key up.
CREATE FUNCTION approvals.end_request_v1(p_subject text, p_key text, p_status integer, p_body jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF p_status IS NULL THEN
        DELETE FROM approvals.requests
        WHERE (tenant, subject, key) = (current_setting('app.tenant', true), p_subject, p_key) AND status IS NULL;
    ELSE
        UPDATE approvals.requests SET status = p_status, body = p_body
        WHERE (tenant, subject, key) = (current_setting('app.tenant', true), p_subject, p_key) AND status IS NULL;
    END IF;
END $$;
