-- Who changed the day of a lot stays as it was written.
CREATE FUNCTION refuse_history_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: what is wrong is changed anew', TG_TABLE_NAME;
END
$$;
CREATE TRIGGER lot_expiries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON lot_expiries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_history_change();
