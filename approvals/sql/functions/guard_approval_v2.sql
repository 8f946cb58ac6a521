-- BEFORE UPDATE on actions: nobody's word is taken for an approval, a lease or a success; each is checked here again.
CREATE FUNCTION approvals.guard_approval_v2() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.state IN ('APPROVED', 'EXECUTING') AND OLD.state <> NEW.state THEN
        IF NOT approvals.is_approved_v2(NEW) THEN
            RAISE EXCEPTION 'action % lacks approvals of revision %', NEW.id, NEW.revision USING ERRCODE = 'PS012';
        END IF;
        IF NEW.expires_at <= clock_timestamp() THEN
            RAISE EXCEPTION 'action % has expired', NEW.id USING ERRCODE = 'PS004';
        END IF;
    END IF;
    IF NEW.state = 'EXECUTING' AND OLD.state = 'APPROVED' AND coalesce(OLD.dispatch_after > clock_timestamp(), true) THEN
        RAISE EXCEPTION 'action % can still be withdrawn until %', NEW.id, OLD.dispatch_after USING ERRCODE = 'PS011';
    END IF;
    IF NEW.state = 'APPROVED' AND (NEW.dispatch_after IS NULL OR NEW.dispatch_after < OLD.dispatch_after) THEN
        RAISE EXCEPTION 'action %: its time to be withdrawn does not shrink', NEW.id USING ERRCODE = 'PS009';
    END IF;
    IF NEW.broke_glass AND NOT OLD.broke_glass AND (
        SELECT count(DISTINCT d.reviewer) FROM approvals.decisions AS d
        WHERE (d.tenant, d.action_id, d.revision, d.digest, d.decision)
            = (NEW.tenant, NEW.id, NEW.revision, NEW.digest, 'break_glass')) < 2
    THEN
        RAISE EXCEPTION 'action %: two administrators have not broken the glass', NEW.id USING ERRCODE = 'PS012';
    END IF;
    IF NEW.fence <> OLD.fence THEN
        IF NEW.state <> 'EXECUTING' OR NEW.fence <> OLD.fence + 1 OR NEW.lease_until <= clock_timestamp()
            OR (OLD.state = 'EXECUTING' AND OLD.lease_until > clock_timestamp())
        THEN
            RAISE EXCEPTION 'action %: it is leased, or this is not the next fence', NEW.id USING ERRCODE = 'PS011';
        END IF;
    ELSIF NEW.state = 'EXECUTING' AND OLD.state <> 'EXECUTING' THEN
        RAISE EXCEPTION 'action %: execution needs a new fence', NEW.id USING ERRCODE = 'PS011';
    END IF;
    IF NEW.state <> OLD.state AND NEW.state IN ('SUCCEEDED', 'FAILED', 'FAILED_PARTIAL') AND NOT coalesce(
        CASE NEW.state
            WHEN 'SUCCEEDED' THEN jsonb_typeof(NEW.receipt) = 'object' AND NEW.receipt -> 'differences' = '[]'::jsonb
            WHEN 'FAILED_PARTIAL' THEN jsonb_array_length(NEW.receipt -> 'differences') > 0
            ELSE NEW.receipt IS NULL OR coalesce(jsonb_array_length(NEW.receipt -> 'differences'), 0) = 0
        END, false)
    THEN
        RAISE EXCEPTION 'action %: its receipt does not say %', NEW.id, NEW.state USING ERRCODE = 'PS009';
    END IF;
    RETURN NEW;
END $$;
