-- Whether enough distinct people approved exactly this digest: none of them proposed it, and not only who edited it.
CREATE FUNCTION approvals.is_approved_v1(p_action approvals.actions) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(DISTINCT d.reviewer) >= p_action.required_approvals
       AND count(*) FILTER (WHERE d.reviewer IS DISTINCT FROM r.editor) > 0
    FROM approvals.revisions AS r
    JOIN approvals.decisions AS d
      ON (d.tenant, d.action_id, d.revision, d.digest) = (r.tenant, r.action_id, r.revision, r.digest)
    WHERE (r.tenant, r.action_id, r.revision, r.digest)
        = (p_action.tenant, p_action.id, p_action.revision, p_action.digest)
      AND d.decision = 'approve' AND d.reviewer <> p_action.proposer
$$;
