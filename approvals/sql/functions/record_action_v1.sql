-- AFTER INSERT OR UPDATE on actions: every change leaves an audit entry, and an approval wakes the executor.
CREATE FUNCTION approvals.record_action_v1() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_event text := lower(NEW.state);
BEGIN
    IF TG_OP = 'INSERT' THEN
        v_event := 'proposed';
    ELSIF NEW.revision <> OLD.revision THEN
        v_event := 'edited';
    ELSIF NEW.fence <> OLD.fence THEN
        v_event := 'claimed';
    ELSIF NEW.state = OLD.state THEN
        v_event := 'deferred';
    END IF;
    INSERT INTO approvals.audit (tenant, event, action_id, revision, digest, actor, detail) VALUES (
        NEW.tenant, v_event, NEW.id, NEW.revision, NEW.digest, NEW.changed_by,
        CASE WHEN NEW.fence > 0 THEN jsonb_build_object('fence', NEW.fence, 'attempts', NEW.attempts)
             ELSE '{}'::jsonb END);
    IF v_event = 'approved' THEN
        PERFORM pg_notify('approvals_work', '');
    END IF;
    RETURN NULL;
END $$;
