-- Write an audit entry about something that is not a change of an action's row.
CREATE FUNCTION approvals.note_v1(
    p_tenant text, p_event text, p_subject text, p_revision integer, p_digest text, p_actor text, p_detail jsonb
) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO approvals.audit (tenant, event, action_id, revision, digest, actor, detail)
    VALUES (p_tenant, p_event, p_subject, p_revision, p_digest, p_actor, p_detail)
$$;
