-- Enter what a revision of an action commits into the ledger, in every scope that is counted, instead of what its
-- revision before committed. One statement adds to the counters and decides: beyond a cap it is refused (PS017), whoever
-- else proposes at the same time. Returns what the client has committed on that day in all, by unit.
CREATE FUNCTION approvals.reserve_v1(p_id text, p_revision integer, p_doc jsonb, p_policy approvals.policies)
RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_tenant text := p_doc ->> 'tenant';
    v_client text := coalesce(p_doc -> 'exposure' ->> 'client', p_doc ->> 'target_account');
    v_today timestamp := clock_timestamp() AT TIME ZONE (p_policy.document ->> 'time_zone');
    v_used jsonb;
BEGIN
    IF p_revision > 1 THEN
        PERFORM approvals.release_v1(v_tenant, p_id);
    ELSE
        PERFORM pg_advisory_xact_lock(hashtextextended('approvals.ledger:' || v_tenant, 0)); -- as giving back does
    END IF;
    WITH wanted AS (
        SELECT scopes.scope, scopes.subject, scopes.period, measured.unit, measured.amount, (
            SELECT min((cap.value -> 'limits' ->> measured.unit)::numeric)
            FROM jsonb_array_elements(p_policy.document -> 'caps') AS cap
            WHERE cap.value ->> 'per' = scopes.scope) AS cap
        FROM approvals.measures_v1(p_doc -> 'exposure') AS measured
        CROSS JOIN (VALUES
            ('campaign', p_doc -> 'exposure' ->> 'campaign_id', ''),
            ('client_day', v_client, to_char(v_today, 'YYYY-MM-DD')),
            ('client_month', v_client, to_char(v_today, 'YYYY-MM')),
            ('tenant_day', '', to_char(v_today, 'YYYY-MM-DD'))) AS scopes (scope, subject, period)
        WHERE scopes.subject IS NOT NULL
    ), counted AS (
        INSERT INTO approvals.exposures AS e (tenant, scope, subject, period, unit, committed, cap)
        SELECT v_tenant, w.scope, w.subject, w.period, w.unit, w.amount, w.cap FROM wanted AS w
        ORDER BY w.scope, w.subject, w.period, w.unit
        ON CONFLICT (tenant, scope, subject, period, unit)
            DO UPDATE SET committed = e.committed + excluded.committed, cap = excluded.cap
        RETURNING e.scope, e.unit, e.committed
    ), noted AS (
        INSERT INTO approvals.reservations (tenant, action_id, revision, scope, subject, period, unit, amount)
        SELECT v_tenant, p_id, p_revision, w.scope, w.subject, w.period, w.unit, w.amount FROM wanted AS w
    )
    SELECT jsonb_object_agg(counted.unit, counted.committed::text) INTO v_used
    FROM counted WHERE counted.scope = 'client_day';
    RETURN v_used;
END $$;
