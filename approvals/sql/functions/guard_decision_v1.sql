-- BEFORE INSERT on decisions: of the present digest of a pending, unexpired action, and no approval of one's own.
CREATE FUNCTION approvals.guard_decision_v1() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_action approvals.actions;
BEGIN
    SELECT * INTO v_action FROM approvals.actions WHERE (tenant, id) = (NEW.tenant, NEW.action_id) FOR UPDATE;
    IF v_action.state IS DISTINCT FROM 'PENDING' THEN
        RAISE EXCEPTION 'action % is %', NEW.action_id, v_action.state USING ERRCODE = 'PS003';
    END IF;
    IF v_action.expires_at <= clock_timestamp() THEN
        RAISE EXCEPTION 'action % has expired', NEW.action_id USING ERRCODE = 'PS004';
    END IF;
    IF NEW.revision <> v_action.revision THEN
        RAISE EXCEPTION 'action % is at revision %', NEW.action_id, v_action.revision USING ERRCODE = 'PS002';
    END IF;
    IF NEW.digest IS DISTINCT FROM v_action.digest THEN
        RAISE EXCEPTION 'action % has another digest', NEW.action_id USING ERRCODE = 'PS006';
    END IF;
    IF NEW.decision = 'approve' AND NEW.reviewer = v_action.proposer THEN
        RAISE EXCEPTION 'who proposed action % cannot approve it', NEW.action_id USING ERRCODE = 'PS005';
    END IF;
    RETURN NEW;
END $$;
