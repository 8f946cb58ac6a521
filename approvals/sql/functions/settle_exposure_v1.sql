-- AFTER UPDATE of an action's state: what will not happen, or is known not to have happened, is given back.
CREATE FUNCTION approvals.settle_exposure_v1() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.state IN ('REJECTED', 'EXPIRED', 'CANCELLED', 'FAILED') AND OLD.state <> NEW.state THEN
        PERFORM approvals.release_v1(NEW.tenant, NEW.id);
    END IF;
    RETURN NULL;
END $$;
