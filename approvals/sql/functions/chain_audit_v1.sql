-- BEFORE INSERT on audit: number, date and chain the entry, whatever the statement said, one at a time per tenant.
CREATE FUNCTION approvals.chain_audit_v1() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_last approvals.audit;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('approvals.audit:' || NEW.tenant, 0));
    SELECT * INTO v_last FROM approvals.audit WHERE tenant = NEW.tenant ORDER BY seq DESC LIMIT 1;
    NEW.seq := coalesce(v_last.seq, 0) + 1;
    NEW.at := clock_timestamp();
    NEW.previous_hash := coalesce(v_last.hash, sha256(''::bytea));
    NEW.hash := approvals.audit_hash_v1(NEW);
    PERFORM pg_notify('approvals_audit', json_build_object('tenant', NEW.tenant, 'seq', NEW.seq)::text);
    RETURN NEW;
END $$;
