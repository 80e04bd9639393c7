-- What is disputed is not given back as well. `disputed_minor` is the sum of the payment's disputes that are open or
-- lost. A processor may open one of what was given back before: then the three sum to more than was captured, and
-- nothing more is refunded.
ALTER TABLE payments ADD COLUMN disputed_minor bigint NOT NULL DEFAULT 0 CHECK (disputed_minor >= 0);
ALTER TABLE disputes
    ADD COLUMN held_minor bigint NOT NULL DEFAULT 0 CHECK (held_minor >= 0),  -- of its amount, what was still here
    ADD COLUMN refunds_before uuid[] NOT NULL DEFAULT '{}';                   -- begun by then, and not failed
UPDATE disputes SET held_minor = amount_minor, refunds_before = ARRAY (
    SELECT id FROM operations WHERE operations.order_id = disputes.order_id AND operations.number = disputes.number
        AND kind = 'refund' AND operations.state <> 'failed' AND operations.created_at <= disputes.created_at);
UPDATE payments SET disputed_minor = told.amount_minor
FROM (SELECT order_id, number, sum(amount_minor) AS amount_minor FROM disputes WHERE state <> 'won'
    GROUP BY order_id, number) AS told
WHERE payments.order_id = told.order_id AND payments.number = told.number;

CREATE FUNCTION keep_disputed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what is disputed of payment % is not refunded', NEW.id USING ERRCODE = 'check_violation';
END
$$;
CREATE TRIGGER disputed_is_kept BEFORE UPDATE OF refunding_minor ON payments FOR EACH ROW
    WHEN (NEW.refunding_minor > OLD.refunding_minor AND NEW.disputed_minor > 0
        AND NEW.refunded_minor + NEW.refunding_minor + NEW.disputed_minor > NEW.captured_minor)
    EXECUTE FUNCTION keep_disputed();
