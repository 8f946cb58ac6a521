-- AFTER INSERT on decisions: every vote leaves an audit entry.
CREATE FUNCTION approvals.record_decision_v1() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO approvals.audit (tenant, event, action_id, revision, digest, actor, detail) VALUES (
        NEW.tenant, 'voted', NEW.action_id, NEW.revision, NEW.digest, NEW.reviewer,
        jsonb_build_object('decision', NEW.decision));
    RETURN NULL;
END $$;
