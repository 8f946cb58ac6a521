-- BEFORE INSERT on decisions: of the present digest of a pending, unexpired action; no release of one's own; one vote a
-- person; only in a role that the tier names, or for somebody absent who has it and delegated it.
CREATE FUNCTION approvals.guard_decision_v2() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_action approvals.actions;
    v_roles text[];
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
    IF NEW.decision <> 'reject' AND v_action.proposer IN (NEW.reviewer, NEW.on_behalf_of) THEN
        RAISE EXCEPTION 'who proposed action % cannot approve it', NEW.action_id USING ERRCODE = 'PS005';
    END IF;
    IF (NEW.automatic IS NOT NULL) <> (NEW.reviewer LIKE 'rule:%') OR NEW.reviewer LIKE 'server:%'
        OR NEW.automatic IS NOT NULL AND (v_action.terms -> 'automatic' IS DISTINCT FROM NEW.automatic
            OR NOT coalesce((NEW.automatic -> 'approved')::boolean, false) OR NEW.decision <> 'approve')
    THEN
        RAISE EXCEPTION 'action %: no rule of its policy decides this', NEW.action_id USING ERRCODE = 'PS012';
    END IF;
    IF NEW.on_behalf_of IS NOT NULL THEN
        SELECT d.roles INTO NEW.roles FROM approvals.delegations AS d
        WHERE d.tenant = NEW.tenant AND d.delegator = NEW.on_behalf_of AND d.delegate = NEW.reviewer
          AND d.revoked_at IS NULL AND clock_timestamp() BETWEEN d.starts_at AND d.ends_at
        ORDER BY d.ends_at DESC LIMIT 1;
        IF NOT FOUND OR NEW.decision = 'break_glass' THEN
            RAISE EXCEPTION '% does not stand in for % now', NEW.reviewer, NEW.on_behalf_of USING ERRCODE = 'PS016';
        END IF;
    END IF;
    v_roles := CASE NEW.decision
        WHEN 'approve' THEN ARRAY(SELECT jsonb_array_elements_text(v_action.terms -> 'approver_roles'))
        WHEN 'break_glass' THEN ARRAY['admin'] ELSE NEW.roles END;
    IF NEW.automatic IS NULL AND NEW.decision <> 'reject' AND NOT NEW.roles && v_roles THEN
        RAISE EXCEPTION 'action % is decided by %', NEW.action_id, array_to_string(v_roles, ' or ')
            USING ERRCODE = 'PS016';
    END IF;
    IF EXISTS (
        SELECT 1 FROM approvals.decisions AS d
        WHERE (d.tenant, d.action_id, d.revision, d.reviewer) = (NEW.tenant, NEW.action_id, NEW.revision, NEW.reviewer)
          AND (d.decision = 'break_glass') = (NEW.decision = 'break_glass'))
    THEN
        RAISE EXCEPTION '% has voted on revision % of action %', NEW.reviewer, NEW.revision, NEW.action_id
            USING ERRCODE = 'PS008';
    END IF;
    RETURN NEW;
END $$;
