-- How far the audits of some tenants have come; nothing of a tenant that has none. For whoever tells their followers.
CREATE FUNCTION approvals.audit_positions_v1(p_tenants text[]) RETURNS TABLE (tenant text, seq bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT head.tenant, head.seq FROM approvals.audit_heads AS head WHERE head.tenant = ANY (p_tenants)
$$;
