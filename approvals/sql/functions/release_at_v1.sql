-- The first instant from p_at on that lies in none of a policy's quiet hours and blackout dates; infinity if none does
-- for a year. Hours and dates are those of the policy's time zone; quiet hours may run over midnight.
CREATE FUNCTION approvals.release_at_v1(p_document jsonb, p_at timestamptz) RETURNS timestamptz
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_zone text := p_document ->> 'time_zone';
    v_until timestamptz;
BEGIN
    IF jsonb_array_length(p_document -> 'blackout_dates') = 0 AND jsonb_array_length(p_document -> 'quiet_hours') = 0 THEN
        RETURN p_at;
    END IF;
    FOR v_step IN 1 .. 750 LOOP
        SELECT max(closed.until) INTO v_until FROM (
            SELECT ((dates.value ->> 'last')::date + 1)::timestamp AT TIME ZONE v_zone AS until
            FROM jsonb_array_elements(p_document -> 'blackout_dates') AS dates
            WHERE (p_at AT TIME ZONE v_zone)::date
                  BETWEEN (dates.value ->> 'first')::date AND (dates.value ->> 'last')::date
            UNION ALL
            SELECT (night.day + (hours.value ->> 'end')::time
                    + CASE WHEN (hours.value ->> 'end')::time <= (hours.value ->> 'start')::time
                           THEN interval '1 day' ELSE interval '0' END) AT TIME ZONE v_zone
            FROM jsonb_array_elements(p_document -> 'quiet_hours') AS hours
            CROSS JOIN LATERAL (VALUES ((p_at AT TIME ZONE v_zone)::date), ((p_at AT TIME ZONE v_zone)::date - 1))
                AS night (day)
            WHERE hours.value -> 'days' ? lower(to_char(night.day, 'Dy'))
              AND (p_at AT TIME ZONE v_zone) >= night.day + (hours.value ->> 'start')::time
        ) AS closed WHERE closed.until > p_at;
        IF v_until IS NULL THEN
            RETURN p_at;
        END IF;
        p_at := v_until;
    END LOOP;
    RETURN 'infinity';
END $$;
