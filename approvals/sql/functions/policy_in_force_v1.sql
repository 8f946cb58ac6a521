-- The newest version of the policy that fits a tool best: `server.tool` before `server.*` before `*`, and the tenant's own
-- before the installation's (tenant `*`), which it replaces under the same name.
CREATE FUNCTION approvals.policy_in_force_v1(p_tenant text, p_server text, p_tool text) RETURNS approvals.policies
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT p.* FROM approvals.policies AS p
    CROSS JOIN LATERAL (
        SELECT max(array_position(ARRAY['*', p_server || '.*', p_server || '.' || p_tool], pattern)) AS closeness
        FROM jsonb_array_elements_text(p.document -> 'applies_to') AS pattern
    ) AS fit
    WHERE p.tenant IN (p_tenant, '*') AND fit.closeness IS NOT NULL
      AND NOT EXISTS (
        SELECT 1 FROM approvals.policies AS later
        WHERE later.name = p.name
          AND (later.tenant = p.tenant AND later.version > p.version OR p.tenant = '*' AND later.tenant = p_tenant))
    ORDER BY fit.closeness DESC, p.tenant = '*', p.name LIMIT 1
$$;
