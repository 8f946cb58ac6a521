-- The present tenant's action, locked, if it is pending at this revision and has not expired; else the reason.
CREATE FUNCTION approvals.lock_action_v1(p_id text, p_revision integer) RETURNS approvals.actions
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_action approvals.actions;
BEGIN
    SELECT * INTO v_action FROM approvals.actions
    WHERE tenant = current_setting('app.tenant', true) AND id = p_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no action %', p_id USING ERRCODE = 'PS001';
    END IF;
    IF v_action.state = 'EXPIRED'
        OR (v_action.state IN ('PENDING', 'APPROVED') AND v_action.expires_at <= clock_timestamp())
    THEN
        RAISE EXCEPTION 'action % has expired', p_id USING ERRCODE = 'PS004';
    END IF;
    IF v_action.state NOT IN ('PENDING', 'APPROVED') THEN
        RAISE EXCEPTION 'action % is %', p_id, v_action.state USING ERRCODE = 'PS003';
    END IF;
    IF p_revision IS DISTINCT FROM v_action.revision THEN
        RAISE EXCEPTION 'action % is at revision %', p_id, v_action.revision USING ERRCODE = 'PS002';
    END IF;
    RETURN v_action;
END $$;
