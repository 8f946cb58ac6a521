-- BEFORE UPDATE on actions: nobody's word is taken for an approval, a lease or a success; each is checked here again.
CREATE FUNCTION approvals.guard_approval_v1() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.state IN ('APPROVED', 'EXECUTING') AND OLD.state <> NEW.state THEN
        IF NOT approvals.is_approved_v1(NEW) THEN
            RAISE EXCEPTION 'action % lacks approvals of revision %', NEW.id, NEW.revision USING ERRCODE = 'PS012';
        END IF;
        IF NEW.expires_at <= clock_timestamp() THEN
            RAISE EXCEPTION 'action % has expired', NEW.id USING ERRCODE = 'PS004';
        END IF;
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
    IF NEW.state = 'SUCCEEDED' AND NOT coalesce(
        jsonb_typeof(NEW.receipt) = 'object' AND NEW.receipt -> 'differences' = '[]'::jsonb, false)
    THEN
        RAISE EXCEPTION 'action %: success needs a receipt without differences', NEW.id USING ERRCODE = 'PS009';
    END IF;
    RETURN NEW;
END $$;
