-- BEFORE INSERT OR UPDATE on exposures: nothing is added beyond a cap. A cap that was lowered later stops what comes next.
CREATE FUNCTION approvals.guard_exposure_v1() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.committed > NEW.cap AND (TG_OP = 'INSERT' OR NEW.committed > OLD.committed) THEN
        RAISE EXCEPTION 'the cap of % % per % is reached: % would be committed', trim_scale(NEW.cap), NEW.unit,
            replace(NEW.scope, '_', ' and '), trim_scale(NEW.committed) USING ERRCODE = 'PS017';
    END IF;
    RETURN NEW;
END $$;
