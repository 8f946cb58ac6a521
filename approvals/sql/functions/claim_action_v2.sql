-- Lease one action of any tenant: the oldest approved one that can no longer be withdrawn and is outside the quiet hours
-- and blackout dates in force now, or one whose lease ran out. Each claim has a higher fence.
-- What others are taking is passed over before anything is checked, and a tool whose policy says not now is asked about
-- once. Sorting is off so that the first one due is read from the index, however many wait.
CREATE FUNCTION approvals.claim_action_v2(p_worker text, p_lease_seconds integer, p_max_attempts integer)
RETURNS SETOF approvals.actions
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_sort = off AS $$
DECLARE
    v_now timestamptz := clock_timestamp();
    v_held text[] := '{}';
    v_tool text;
    v_due record;
    v_action approvals.actions;
BEGIN
    FOR v_due IN
        SELECT a.tenant, a.id, a.server, a.tool, a.state, a.broke_glass FROM approvals.actions AS a
        WHERE a.state IN ('APPROVED', 'EXECUTING') AND coalesce(a.lease_until, a.dispatch_after) <= v_now
          AND CASE a.state WHEN 'APPROVED' THEN a.expires_at > v_now ELSE a.attempts < p_max_attempts END
        ORDER BY coalesce(a.lease_until, a.dispatch_after)
    LOOP
        v_tool := jsonb_build_array(v_due.tenant, v_due.server, v_due.tool)::text;
        CONTINUE WHEN v_due.state = 'APPROVED' AND NOT v_due.broke_glass AND v_tool = ANY (v_held);
        SELECT * INTO v_action FROM approvals.actions AS a
        WHERE (a.tenant, a.id) = (v_due.tenant, v_due.id) AND a.state IN ('APPROVED', 'EXECUTING')
          AND coalesce(a.lease_until, a.dispatch_after) <= v_now
          AND CASE a.state WHEN 'APPROVED' THEN a.expires_at > clock_timestamp() ELSE a.attempts < p_max_attempts END
        FOR UPDATE SKIP LOCKED;
        CONTINUE WHEN NOT FOUND;
        IF v_action.state = 'APPROVED' THEN
            IF NOT v_action.broke_glass AND NOT coalesce(approvals.may_run_now_v1(v_action), false) THEN
                v_held := v_held || v_tool;
                CONTINUE;
            END IF;
            CONTINUE WHEN NOT approvals.is_approved_v2(v_action);
        END IF;
        RETURN QUERY UPDATE approvals.actions AS a
        SET state = 'EXECUTING', fence = a.fence + 1, attempts = a.attempts + 1, changed_by = p_worker,
            lease_until = clock_timestamp() + make_interval(secs => p_lease_seconds)
        WHERE (a.tenant, a.id) = (v_action.tenant, v_action.id)
        RETURNING a.*;
        RETURN;
    END LOOP;
END $$;
