-- Whether the policy in force now lets an action be carried out at this moment.
CREATE FUNCTION approvals.may_run_now_v1(p_action approvals.actions) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT approvals.release_at_v1(policy.document, moment.at) = moment.at
    FROM approvals.policy_in_force_v1(p_action.tenant, p_action.server, p_action.tool) AS policy,
         (SELECT clock_timestamp() AS at OFFSET 0) AS moment
$$;
