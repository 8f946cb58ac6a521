-- `sha256:<hex>` of canonical bytes.
CREATE FUNCTION approvals.digest_v1(p_canonical bytea) RETURNS text
LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'sha256:' || encode(sha256(p_canonical), 'hex')
$$;
