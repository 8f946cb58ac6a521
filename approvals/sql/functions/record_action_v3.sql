-- AFTER INSERT OR UPDATE on actions: every change leaves an audit entry.
CREATE FUNCTION approvals.record_action_v3() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_event text := lower(NEW.state);
    v_detail jsonb := '{}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        v_event := 'proposed';
        v_detail := jsonb_build_object('tier', NEW.terms -> 'tier', 'policy_version', NEW.policy_version,
                                       'automatic', NEW.terms -> 'automatic');
    ELSIF NEW.revision <> OLD.revision THEN
        v_event := CASE OLD.state WHEN 'EXECUTING' THEN 'drifted' ELSE 'edited' END;
        v_detail := jsonb_build_object('tier', NEW.terms -> 'tier', 'policy_version', NEW.policy_version);
    ELSIF NEW.fence <> OLD.fence THEN
        v_event := 'claimed';
    ELSIF NEW.state = OLD.state THEN
        IF (NEW.remind_at, NEW.escalate_at) IS DISTINCT FROM (OLD.remind_at, OLD.escalate_at) THEN
            RETURN NULL;
        END IF;
        v_event := 'deferred';
    ELSIF NEW.state = 'APPROVED' THEN
        v_detail := jsonb_build_object('dispatch_after', NEW.dispatch_after, 'broke_glass', NEW.broke_glass);
    ELSIF OLD.state = 'UNKNOWN' THEN
        v_detail := jsonb_build_object('reconciled', true);
    END IF;
    IF NEW.fence > 0 THEN
        v_detail := v_detail || jsonb_build_object('fence', NEW.fence, 'attempts', NEW.attempts);
    END IF;
    PERFORM approvals.note_v1(NEW.tenant, v_event, NEW.id, NEW.revision, NEW.digest, NEW.changed_by, v_detail);
    RETURN NULL;
END $$;
