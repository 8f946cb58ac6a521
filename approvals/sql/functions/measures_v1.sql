-- What an action commits, by unit: money by its currency, recipients, reach, and itself as one action.
CREATE FUNCTION approvals.measures_v1(p_exposure jsonb) RETURNS TABLE (unit text, amount numeric)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT measured.unit, measured.amount
    FROM (VALUES
        (p_exposure ->> 'currency', (p_exposure ->> 'amount')::numeric),
        ('recipients', (p_exposure ->> 'recipients')::numeric),
        ('reach', (p_exposure ->> 'reach')::numeric),
        ('actions', 1::numeric)) AS measured (unit, amount)
    WHERE measured.unit IS NOT NULL AND measured.amount > 0
$$;
