-- BEFORE INSERT on audit: number, date and chain the entry after its tenant's head, whatever the statement said. The
-- head's row lock lets one in at a time, and no entry is older than the one before: partitions end in the chain's order.
CREATE FUNCTION approvals.chain_audit_v3() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_head approvals.audit_heads;
    v_at timestamptz;
BEGIN
    SELECT * INTO v_head FROM approvals.audit_heads WHERE tenant = NEW.tenant FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO approvals.audit_heads (tenant, seq, hash, at)
        VALUES (NEW.tenant, 0, sha256(''::bytea), '-infinity') ON CONFLICT (tenant) DO NOTHING;
        SELECT * INTO STRICT v_head FROM approvals.audit_heads WHERE tenant = NEW.tenant FOR UPDATE;
    END IF;
    v_at := greatest(clock_timestamp(), v_head.at);
    IF (v_at AT TIME ZONE 'UTC')::date IS DISTINCT FROM (NEW.at AT TIME ZONE 'UTC')::date THEN
        -- The row was sent to the partition of another day, as when midnight passed while it waited: send it anew.
        INSERT INTO approvals.audit (tenant, at, event, action_id, revision, digest, actor, detail)
        VALUES (NEW.tenant, v_at, NEW.event, NEW.action_id, NEW.revision, NEW.digest, NEW.actor, NEW.detail);
        RETURN NULL;
    END IF;
    NEW.seq := v_head.seq + 1;
    NEW.at := v_at;
    NEW.previous_hash := v_head.hash;
    NEW.hash := approvals.audit_hash_v1(NEW);
    UPDATE approvals.audit_heads SET seq = NEW.seq, hash = NEW.hash, at = NEW.at WHERE tenant = NEW.tenant;
    RETURN NEW;
END $$;
