-- BEFORE UPDATE on reservations: what was reserved stays as it was; it is only given back, once.
CREATE FUNCTION approvals.guard_reservation_v1() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.released_at IS NOT NULL OR NEW.released_at IS NULL
        OR to_jsonb(NEW) - 'released_at' IS DISTINCT FROM to_jsonb(OLD) - 'released_at'
    THEN
        RAISE EXCEPTION 'a reservation of action % is only given back, once', OLD.action_id USING ERRCODE = 'PS014';
    END IF;
    RETURN NEW;
END $$;
