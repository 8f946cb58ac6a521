-- AFTER INSERT on audit: put a notice of the entry in the outbox, in the entry's own transaction, if people should hear
-- of it. It carries no arguments: what the action would do is looked up by who may.
CREATE FUNCTION approvals.notice_audit_v1() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_summary text;
    v_proposer text;
BEGIN
    SELECT a.summary, a.proposer INTO v_summary, v_proposer FROM approvals.actions AS a
    WHERE (a.tenant, a.id) = (NEW.tenant, NEW.action_id);
    INSERT INTO approvals.notices (tenant, seq, id, event, action_id, revision, summary, proposer, at)
    VALUES (
        NEW.tenant, NEW.seq,
        'ntc_' || left(encode(sha256(convert_to(NEW.tenant || E'\n' || NEW.seq, 'UTF8')), 'hex'), 32),
        NEW.event, NEW.action_id, NEW.revision, coalesce(v_summary, ''), v_proposer, NEW.at);
    RETURN NULL;
END $$;
