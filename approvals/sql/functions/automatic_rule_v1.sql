-- What a policy's rules for approving without a person say of an action: the first enabled rule that allows it, with the
-- bound it comes nearest to; else the first rule for this tool, with the first bound that was crossed; else null.
-- p_used is what the client has committed on that day in all, this action included.
CREATE FUNCTION approvals.automatic_rule_v1(p_policy approvals.policies, p_doc jsonb, p_tier jsonb, p_used jsonb)
RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_tool text := (p_doc ->> 'server') || '.' || (p_doc ->> 'tool');
    v_rule jsonb;
    v_bound jsonb;
    v_refused jsonb;
BEGIN
    FOR v_rule IN
        SELECT rule.value FROM jsonb_array_elements(p_policy.document -> 'automatic') WITH ORDINALITY AS rule (value, place)
        WHERE (rule.value -> 'enabled')::boolean AND rule.value -> 'tools' ? v_tool ORDER BY rule.place
    LOOP
        SELECT bounds.bound INTO v_bound FROM (
            SELECT 1 AS place, 'required_approvals' AS name, 1::numeric AS most,
                   (p_tier ->> 'required_approvals')::numeric AS reached
            UNION ALL
            SELECT 2, 'untrusted_input', 0, jsonb_array_length(p_doc -> 'provenance' -> 'untrusted')
            UNION ALL
            SELECT 3, 'irreversible', 0, CASE WHEN (p_doc -> 'reversible')::boolean
                   OR (v_rule -> 'irreversible')::boolean THEN 0 ELSE 1 END
            UNION ALL
            SELECT 4, 'countries', 0, count(*) -- to name none is to be outside those that a rule names
            FROM (VALUES (true)) AS once
            LEFT JOIN jsonb_array_elements_text(p_doc -> 'exposure' -> 'countries') AS named ON true
            WHERE jsonb_typeof(v_rule -> 'countries') = 'array' AND NOT coalesce(v_rule -> 'countries' ? named, false)
            UNION ALL
            SELECT 5, 'action:' || measured.unit, coalesce((v_rule -> 'limits' ->> measured.unit)::numeric, 0),
                   measured.amount
            FROM approvals.measures_v1(p_doc -> 'exposure') AS measured WHERE measured.unit <> 'actions'
            UNION ALL
            SELECT 6, 'client_day:' || used.key, (v_rule -> 'daily_limits' ->> used.key)::numeric, used.value::numeric
            FROM jsonb_each_text(p_used) AS used WHERE v_rule -> 'daily_limits' ? used.key
        ) AS measured (place, name, most, reached)
        CROSS JOIN LATERAL (SELECT jsonb_build_object('name', name, 'limit', most::text, 'value', reached::text,
                                                      'crossed', reached > most)) AS bounds (bound)
        ORDER BY reached > most DESC, CASE WHEN reached > most THEN place ELSE 0 END,
                 CASE WHEN place > 4 AND most > 0 THEN reached / most ELSE 0 END DESC, place, name LIMIT 1;
        v_bound := jsonb_build_object('rule', v_rule ->> 'name', 'policy_version',
                                      p_policy.name || '-' || p_policy.version, 'bound', v_bound);
        IF NOT (v_bound -> 'bound' -> 'crossed')::boolean THEN
            RETURN v_bound || '{"approved": true}';
        END IF;
        v_refused := coalesce(v_refused, v_bound || '{"approved": false}');
    END LOOP;
    RETURN v_refused;
END $$;
