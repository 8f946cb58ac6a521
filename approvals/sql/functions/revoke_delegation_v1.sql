-- End a delegation: who made it, or an administrator.
CREATE FUNCTION approvals.revoke_delegation_v1(p_id text, p_by text, p_roles text[]) RETURNS approvals.delegations
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_delegation approvals.delegations;
BEGIN
    UPDATE approvals.delegations SET revoked_at = coalesce(revoked_at, clock_timestamp())
    WHERE tenant = current_setting('app.tenant', true) AND id = p_id AND (delegator = p_by OR 'admin' = ANY (p_roles))
    RETURNING * INTO v_delegation;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no delegation % of yours', p_id USING ERRCODE = 'PS022';
    END IF;
    PERFORM approvals.note_v1(v_delegation.tenant, 'delegation_revoked', 'delegation:' || p_id, 1, '', p_by, '{}');
    RETURN v_delegation;
END $$;
