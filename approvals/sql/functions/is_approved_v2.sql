-- Whether exactly this digest was released: by enough distinct people of the tier's roles, none of them its proposer,
-- each standing for one authority, and not only by who edited it; or by two administrators who broke the glass.
CREATE FUNCTION approvals.is_approved_v2(p_action approvals.actions) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT least(count(DISTINCT d.reviewer) FILTER (WHERE d.counts),
                 count(DISTINCT coalesce(d.on_behalf_of, d.reviewer)) FILTER (WHERE d.counts))
               >= p_action.required_approvals
           AND count(*) FILTER (WHERE d.counts AND coalesce(d.editor NOT IN (
                   d.reviewer, coalesce(d.on_behalf_of, d.reviewer)), true)) > 0
        OR count(DISTINCT d.reviewer) FILTER (WHERE d.decision = 'break_glass' AND 'admin' = ANY (d.roles)) >= 2
    FROM (
        SELECT vote.*, r.editor,
               vote.decision = 'approve' AND (vote.automatic IS NOT NULL OR vote.roles && ARRAY(
                   SELECT jsonb_array_elements_text(p_action.terms -> 'approver_roles'))) AS counts
        FROM approvals.revisions AS r
        JOIN approvals.decisions AS vote
          ON (vote.tenant, vote.action_id, vote.revision, vote.digest) = (r.tenant, r.action_id, r.revision, r.digest)
        WHERE (r.tenant, r.action_id, r.revision, r.digest)
            = (p_action.tenant, p_action.id, p_action.revision, p_action.digest)
          AND vote.reviewer <> p_action.proposer AND vote.on_behalf_of IS DISTINCT FROM p_action.proposer
    ) AS d
$$;
