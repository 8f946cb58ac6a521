-- AFTER INSERT on decisions: every vote leaves an audit entry; a rule's says which version of it, and the bound nearest.
CREATE FUNCTION approvals.record_decision_v2() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM approvals.note_v1(
        NEW.tenant, CASE NEW.decision WHEN 'break_glass' THEN 'broke_glass' ELSE 'voted' END, NEW.action_id,
        NEW.revision, NEW.digest, NEW.reviewer, jsonb_strip_nulls(jsonb_build_object(
            'decision', NEW.decision, 'on_behalf_of', NEW.on_behalf_of, 'automatic', NEW.automatic)));
    RETURN NULL;
END $$;
