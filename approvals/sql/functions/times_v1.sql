-- When an action under these terms expires, when its reviewers are reminded before that, and when it is escalated.
CREATE FUNCTION approvals.times_v1(
    p_terms jsonb, p_at timestamptz, OUT expires_at timestamptz, OUT remind_at timestamptz, OUT escalate_at timestamptz
)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT p_at + make_interval(secs => (p_terms ->> 'expires_after_seconds')::double precision),
           p_at + make_interval(secs => (p_terms ->> 'expires_after_seconds')::double precision
                                        - (p_terms ->> 'remind_before_seconds')::double precision),
           p_at + make_interval(secs => (p_terms ->> 'escalate_after_seconds')::double precision)
$$;
