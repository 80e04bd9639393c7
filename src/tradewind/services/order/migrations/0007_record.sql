-- What an order was before each change, as the change itself wrote it: the order as it was at any moment is made of
-- the rows of today, with what came later undone. A row is written by triggers, so that no statement can forget it.
CREATE TABLE order_changes (
    order_id uuid NOT NULL,
    change   bigint GENERATED ALWAYS AS IDENTITY,  -- counts up within an order, whose row is locked meanwhile
    version  integer,                              -- the order's, and its updated_at, when the change was committed
    at       timestamptz,
    relation text NOT NULL,                        -- the table, or 'beginning': before that nothing was kept
    row_key  text NOT NULL,                        -- which of its rows of this order
    before   jsonb,                                -- the row as it was; null: it did not exist
    PRIMARY KEY (order_id, change)
);
INSERT INTO order_changes (order_id, version, at, relation, row_key)
SELECT order_id, version, updated_at, 'beginning', '' FROM orders;

-- Runs at commit, when the order's version and moment are final. Arguments: the columns that name a row within its
-- order (one or two), then the table that knows the order where the row itself does not.
CREATE FUNCTION keep_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed jsonb := CASE WHEN TG_OP = 'INSERT' THEN to_jsonb(NEW) ELSE to_jsonb(OLD) END;
    owner   uuid := changed ->> 'order_id';
BEGIN
    IF owner IS NULL THEN
        EXECUTE format('SELECT order_id FROM %I WHERE %I = $1', TG_ARGV[2], TG_ARGV[0])
            INTO owner USING (changed ->> TG_ARGV[0])::uuid;
    END IF;
    INSERT INTO order_changes (order_id, version, at, relation, row_key, before)
    SELECT o.order_id, o.version, o.updated_at, TG_TABLE_NAME,
        concat_ws('/', changed ->> TG_ARGV[0], changed ->> nullif(TG_ARGV[1], '')),
        CASE WHEN TG_OP <> 'INSERT' THEN changed END
    FROM orders o
    WHERE o.order_id = owner
      AND NOT (TG_OP = 'INSERT' AND o.version = 1 AND o.xmin = pg_current_xact_id()::xid);  -- it begins with the order
    RETURN NULL;
END $$;

-- The order's own row: on the path of every purchase, and so without what the others need. What is sealed is not
-- kept; a change of nothing but the time when a job looks again is none.
CREATE FUNCTION keep_order_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO order_changes (order_id, version, at, relation, row_key, before)
    SELECT order_id, version, updated_at, 'orders', '', to_jsonb(OLD) - 'sealed_card_token'
    FROM orders WHERE order_id = OLD.order_id;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER kept AFTER UPDATE ON orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.version <> NEW.version OR OLD.resume_at IS NOT DISTINCT FROM NEW.resume_at)
    EXECUTE FUNCTION keep_order_change();

-- An order that begins with a past, such as an imported one, is known from then on.
CREATE FUNCTION keep_beginning() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO order_changes (order_id, version, at, relation, row_key)
    VALUES (NEW.order_id, NEW.version, NEW.updated_at, 'beginning', '');
    RETURN NULL;
END $$;
CREATE TRIGGER begun AFTER INSERT ON orders FOR EACH ROW
    WHEN (NEW.version > 1 OR NEW.updated_at > NEW.created_at) EXECUTE FUNCTION keep_beginning();

-- Lines that come with a new order begin with it: one look a statement, whatever its lines. Those that come later
-- get their version and moment at commit.
CREATE FUNCTION keep_new_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO order_changes (order_id, relation, row_key)
    SELECT o.order_id, TG_TABLE_NAME, to_jsonb(made) ->> TG_ARGV[0]
    FROM made JOIN orders o USING (order_id)
    WHERE NOT (o.version = 1 AND o.xmin = pg_current_xact_id()::xid);
    RETURN NULL;
END $$;
CREATE FUNCTION date_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE order_changes c SET version = o.version, at = o.updated_at
    FROM orders o WHERE o.order_id = NEW.order_id AND c.order_id = NEW.order_id AND c.change = NEW.change;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER dated AFTER INSERT ON order_changes DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.at IS NULL) EXECUTE FUNCTION date_change();

CREATE TRIGGER kept_new AFTER INSERT ON order_lines REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION keep_new_rows('line');
CREATE CONSTRAINT TRIGGER kept AFTER UPDATE OR DELETE ON order_lines
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION keep_change('line', '');
CREATE TRIGGER kept_new AFTER INSERT ON order_promotions REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION keep_new_rows('position');
CREATE CONSTRAINT TRIGGER kept AFTER UPDATE OR DELETE ON order_promotions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION keep_change('position', '');
CREATE CONSTRAINT TRIGGER kept AFTER INSERT OR UPDATE OR DELETE ON fulfilments
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION keep_change('fulfilment_id', '');
CREATE CONSTRAINT TRIGGER kept AFTER INSERT OR UPDATE OR DELETE ON order_refunds
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION keep_change('refund_id', '');
CREATE CONSTRAINT TRIGGER kept AFTER INSERT OR UPDATE OR DELETE ON order_cancellations
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION keep_change('cancellation_id', '');
CREATE CONSTRAINT TRIGGER kept AFTER INSERT OR UPDATE OR DELETE ON order_returns
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION keep_change('return_id', '');
CREATE CONSTRAINT TRIGGER kept AFTER INSERT OR UPDATE OR DELETE ON order_return_lines
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION keep_change('return_id', 'sku', 'order_returns');
CREATE CONSTRAINT TRIGGER kept AFTER INSERT OR UPDATE OR DELETE ON order_edits
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION keep_change('edit_id', '');
CREATE CONSTRAINT TRIGGER kept AFTER INSERT OR UPDATE OR DELETE ON order_claims
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION keep_change('claim_id', '');

-- Invoices and credit notes. A number is counted by the row of its series, which stays locked until the document
-- that bears the number is committed with it: no number is lost, none is given twice.
CREATE TABLE document_series (
    series text PRIMARY KEY,                       -- what numbers begin with: 'INV-2026-'
    issued bigint NOT NULL DEFAULT 0 CHECK (issued >= 0)
);
CREATE TABLE order_documents (
    number      text PRIMARY KEY,
    series      text NOT NULL REFERENCES document_series,
    position    bigint NOT NULL CHECK (position > 0),
    kind        text NOT NULL CHECK (kind IN ('invoice', 'credit_note')),
    order_id    uuid NOT NULL REFERENCES orders,
    subject     text NOT NULL,                     -- what it is issued for: see domain/documents.py
    corrects    text REFERENCES order_documents,   -- the invoice that a credit note lessens
    currency    text NOT NULL,
    net_minor   bigint NOT NULL CHECK (net_minor >= 0),
    tax_minor   bigint NOT NULL CHECK (tax_minor >= 0),
    total_minor bigint NOT NULL CHECK (total_minor = net_minor + tax_minor),
    snapshot    jsonb NOT NULL,
    actor       text NOT NULL,
    issued_at   timestamptz NOT NULL,
    UNIQUE (series, position),
    UNIQUE (order_id, kind, subject),
    CHECK ((kind = 'credit_note') = (corrects IS NOT NULL))
);
CREATE INDEX order_documents_corrects ON order_documents (corrects) WHERE corrects IS NOT NULL;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is never changed: what was written stays', TG_TABLE_NAME;
END $$;
CREATE TRIGGER immutable BEFORE UPDATE OR DELETE ON order_documents
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
