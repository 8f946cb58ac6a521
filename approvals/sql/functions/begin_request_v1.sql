-- Enter a request under a person's idempotency key, or find it: with the answer it had, or as still running. One that has
-- had no answer for a minute may be run again: what it asks for is safe to repeat.
CREATE FUNCTION approvals.begin_request_v1(
    p_subject text, p_key text, p_fingerprint text, OUT status integer, OUT body jsonb, OUT running boolean
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_tenant text := current_setting('app.tenant', true);
    v_request approvals.requests;
BEGIN
    INSERT INTO approvals.requests (tenant, subject, key, fingerprint) VALUES (v_tenant, p_subject, p_key, p_fingerprint)
    ON CONFLICT (tenant, subject, key) DO NOTHING;
    running := NOT FOUND;
    SELECT r.* INTO v_request FROM approvals.requests AS r
    WHERE (r.tenant, r.subject, r.key) = (v_tenant, p_subject, p_key) FOR UPDATE;
    IF NOT FOUND THEN
        running := true; -- it was refused at this moment, and its key is free again
        RETURN;
    END IF;
    IF v_request.fingerprint <> p_fingerprint THEN
        RAISE EXCEPTION 'idempotency key % belongs to another request', p_key USING ERRCODE = 'PS007';
    END IF;
    status := v_request.status;
    body := v_request.body;
    running := running AND v_request.status IS NULL AND v_request.created_at > clock_timestamp() - interval '1 minute';
    IF v_request.status IS NULL AND NOT running THEN
        UPDATE approvals.requests AS r SET created_at = clock_timestamp()
        WHERE (r.tenant, r.subject, r.key) = (v_tenant, p_subject, p_key);
    END IF;
END $$;
