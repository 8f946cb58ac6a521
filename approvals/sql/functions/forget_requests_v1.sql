-- Forget idempotency keys of people's requests that are older than a day, of every tenant.
CREATE FUNCTION approvals.forget_requests_v1() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM approvals.requests WHERE created_at < clock_timestamp() - interval '1 day'
$$;
