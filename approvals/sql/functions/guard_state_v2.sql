-- BEFORE INSERT OR UPDATE on actions: a new action is pending, and states change only along the legal edges.
CREATE FUNCTION approvals.guard_state_v2() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_edge text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'PENDING' OR NEW.revision <> 1 OR NEW.fence <> 0 OR NEW.attempts <> 0 OR NEW.broke_glass
            OR num_nonnulls(NEW.lease_until, NEW.receipt, NEW.decided_at, NEW.finished_at, NEW.dispatch_after) > 0
        THEN
            RAISE EXCEPTION 'an action begins as pending' USING ERRCODE = 'PS009';
        END IF;
        RETURN NEW;
    END IF;
    v_edge := OLD.state || '>' || NEW.state;
    IF v_edge NOT IN (
        'PENDING>PENDING', 'PENDING>APPROVED', 'PENDING>REJECTED', 'PENDING>EXPIRED', 'PENDING>CANCELLED',
        'APPROVED>EXECUTING', 'APPROVED>EXPIRED', 'APPROVED>CANCELLED',
        'EXECUTING>EXECUTING', 'EXECUTING>PENDING', 'EXECUTING>SUCCEEDED', 'EXECUTING>FAILED',
        'EXECUTING>FAILED_PARTIAL', 'EXECUTING>UNKNOWN',
        'UNKNOWN>SUCCEEDED', 'UNKNOWN>FAILED', 'UNKNOWN>FAILED_PARTIAL')
        OR v_edge = 'EXECUTING>PENDING' AND NEW.revision = OLD.revision
    THEN
        RAISE EXCEPTION 'action %: % cannot become %', OLD.id, OLD.state, NEW.state USING ERRCODE = 'PS009';
    END IF;
    IF NEW.state = 'EXPIRED' AND OLD.expires_at > clock_timestamp() THEN
        RAISE EXCEPTION 'action % has not expired', OLD.id USING ERRCODE = 'PS009';
    END IF;
    IF (NEW.receipt IS DISTINCT FROM OLD.receipt OR NEW.finished_at IS DISTINCT FROM OLD.finished_at)
        AND NEW.state = OLD.state
    THEN
        RAISE EXCEPTION 'action %: a receipt is written once, when it finishes', OLD.id USING ERRCODE = 'PS009';
    END IF;
    RETURN NEW;
END $$;
