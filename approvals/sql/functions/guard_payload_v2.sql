-- BEFORE INSERT OR UPDATE on actions: the columns say what the canonical bytes say, and change only with a new revision:
-- by a person's edit while it is pending, or because the target has drifted from what was approved.
CREATE FUNCTION approvals.guard_payload_v2() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.tenant, NEW.id, NEW.server, NEW.tool, NEW.proposer, NEW.actors, NEW.client_id,
            NEW.idempotency_key, NEW.compensates, NEW.created_at, NEW.expires_at)
            IS DISTINCT FROM
           (OLD.tenant, OLD.id, OLD.server, OLD.tool, OLD.proposer, OLD.actors, OLD.client_id,
            OLD.idempotency_key, OLD.compensates, OLD.created_at, OLD.expires_at)
        THEN
            RAISE EXCEPTION 'action %: what it is and who proposed it never change', OLD.id USING ERRCODE = 'PS010';
        END IF;
        IF (NEW.canonical, NEW.digest, NEW.args, NEW.tool_schema_hash, NEW.target_account, NEW.target_state_digest,
            NEW.exposure, NEW.summary, NEW.reversible, NEW.evidence, NEW.required_approvals, NEW.policy_version,
            NEW.terms, NEW.revision)
            IS NOT DISTINCT FROM
           (OLD.canonical, OLD.digest, OLD.args, OLD.tool_schema_hash, OLD.target_account, OLD.target_state_digest,
            OLD.exposure, OLD.summary, OLD.reversible, OLD.evidence, OLD.required_approvals, OLD.policy_version,
            OLD.terms, OLD.revision)
        THEN
            RETURN NEW;
        END IF;
        IF NEW.state <> 'PENDING' OR NEW.revision <> OLD.revision + 1 OR NOT EXISTS (
            SELECT 1 FROM approvals.revisions AS r
            WHERE (r.tenant, r.action_id, r.revision, r.digest) = (NEW.tenant, NEW.id, NEW.revision, NEW.digest)
              AND CASE OLD.state WHEN 'PENDING' THEN r.editor NOT LIKE 'server:%'
                                 WHEN 'EXECUTING' THEN r.editor = 'server:' || NEW.server ELSE false END)
        THEN
            RAISE EXCEPTION 'action %: its payload changes only by an edit while it is pending, or by drift', OLD.id
                USING ERRCODE = 'PS010';
        END IF;
    END IF;
    PERFORM approvals.check_payload_v2(NEW);
    RETURN NEW;
END $$;
