-- BEFORE DELETE, TRUNCATE or UPDATE where rows only ever accumulate.
CREATE FUNCTION approvals.refuse_change_v1() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% on approvals.% is not possible: its rows are kept as they were written', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'PS014';
END $$;
