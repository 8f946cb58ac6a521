-- Give back what an action holds in the ledger. A tenant's ledger is changed by one transaction at a time: what gives back
-- some counters and takes others would else wait crosswise with what does so in another order.
CREATE FUNCTION approvals.release_v1(p_tenant text, p_id text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('approvals.ledger:' || p_tenant, 0));
    UPDATE approvals.exposures AS e SET committed = e.committed - r.amount
    FROM approvals.reservations AS r
    WHERE (r.tenant, r.scope, r.subject, r.period, r.unit) = (e.tenant, e.scope, e.subject, e.period, e.unit)
      AND r.tenant = p_tenant AND r.action_id = p_id AND r.released_at IS NULL;
    UPDATE approvals.reservations SET released_at = clock_timestamp()
    WHERE tenant = p_tenant AND action_id = p_id AND released_at IS NULL;
END $$;
