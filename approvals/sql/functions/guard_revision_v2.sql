-- BEFORE INSERT on revisions: the first has no editor; later ones follow the present one, by a person while the action is
-- pending, by its server while it is being executed.
CREATE FUNCTION approvals.guard_revision_v2() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_action approvals.actions;
BEGIN
    SELECT * INTO v_action FROM approvals.actions WHERE (tenant, id) = (NEW.tenant, NEW.action_id) FOR UPDATE;
    IF NEW.digest IS DISTINCT FROM approvals.digest_v1(NEW.canonical) THEN
        RAISE EXCEPTION 'the digest is not that of the canonical bytes' USING ERRCODE = 'PS015';
    END IF;
    IF NEW.editor IS NULL AND NOT (NEW.revision = 1 AND v_action.digest = NEW.digest) THEN
        RAISE EXCEPTION 'only the first revision has no editor' USING ERRCODE = 'PS010';
    END IF;
    IF NEW.editor IS NOT NULL AND (NEW.revision <> v_action.revision + 1 OR v_action.state <>
        CASE WHEN NEW.editor = 'server:' || v_action.server THEN 'EXECUTING' ELSE 'PENDING' END)
    THEN
        RAISE EXCEPTION 'a new revision follows the present one of a pending action' USING ERRCODE = 'PS010';
    END IF;
    RETURN NEW;
END $$;
