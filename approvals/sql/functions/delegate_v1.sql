-- Let somebody decide in one's place for a time, in the roles one has.
CREATE FUNCTION approvals.delegate_v1(
    p_id text, p_delegator text, p_roles text[], p_delegate text, p_starts timestamptz, p_ends timestamptz, p_reason text
) RETURNS approvals.delegations
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_delegation approvals.delegations;
BEGIN
    INSERT INTO approvals.delegations (tenant, id, delegator, roles, delegate, starts_at, ends_at, reason)
    VALUES (current_setting('app.tenant', true), p_id, p_delegator, p_roles, p_delegate, p_starts, p_ends, p_reason)
    RETURNING * INTO v_delegation;
    PERFORM approvals.note_v1(v_delegation.tenant, 'delegated', 'delegation:' || p_id, 1, '', p_delegator,
        jsonb_build_object('delegate', p_delegate, 'starts_at', p_starts, 'ends_at', p_ends, 'roles', p_roles));
    RETURN v_delegation;
END $$;
