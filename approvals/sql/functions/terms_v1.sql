-- What a policy asks for an action: the first tier that holds all the client has committed on that day, this included,
-- and what a rule for approving without a person says. A unit that a tier does not name is beyond that tier.
CREATE FUNCTION approvals.terms_v1(p_policy approvals.policies, p_doc jsonb, p_used jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_tier jsonb;
BEGIN
    SELECT tier.value INTO v_tier
    FROM jsonb_array_elements(p_policy.document -> 'tiers') WITH ORDINALITY AS tier (value, place)
    WHERE jsonb_typeof(tier.value -> 'limits') = 'null' OR NOT EXISTS (
        SELECT 1 FROM approvals.measures_v1(p_doc -> 'exposure') AS measured
        WHERE NOT coalesce((p_used ->> measured.unit)::numeric <= (tier.value -> 'limits' ->> measured.unit)::numeric,
                           measured.unit = 'actions'))
    ORDER BY tier.place LIMIT 1;
    IF v_tier IS NULL THEN
        RAISE EXCEPTION 'policy % has no tier for this action', p_policy.name USING ERRCODE = 'PS009';
    END IF;
    RETURN jsonb_build_object(
        'policy', p_policy.name, 'policy_version', p_policy.name || '-' || p_policy.version, 'tier', v_tier ->> 'name',
        'required_approvals', v_tier -> 'required_approvals', 'approver_roles', v_tier -> 'approver_roles',
        'undo_seconds', v_tier -> 'undo_seconds', 'expires_after_seconds', v_tier -> 'expires_after_seconds',
        'remind_before_seconds', v_tier -> 'remind_before_seconds',
        'escalate_after_seconds', v_tier -> 'escalate_after_seconds', 'escalate_to', v_tier -> 'escalate_to',
        'client_day', p_used, 'automatic', approvals.automatic_rule_v1(p_policy, p_doc, v_tier, p_used));
END $$;
