-- What webhooks and settlement files name is looked up by what processors call it.
CREATE INDEX attempts_at_processor ON attempts (processor_id) WHERE processor_id IS NOT NULL;
CREATE INDEX operations_at_processor ON operations (processor_id) WHERE processor_id IS NOT NULL;

-- `notice` is what the body was read as; a replay goes by it, since the signature is too old by then.
ALTER TABLE webhooks
    ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid(),
    ADD COLUMN notice text,
    ADD CONSTRAINT webhook_named_once UNIQUE (id),
    ADD CONSTRAINT parked_has_problem CHECK (state <> 'parked' OR problem IS NOT NULL);
ALTER TABLE webhooks ALTER COLUMN id DROP DEFAULT;

-- No release wrote to these two yet: they are made anew. `amount_minor` is what a line does to the balance at
-- the processor before the fee; `fee_minor` what the processor keeps. `keys`: all that the line is known by.
DROP TABLE settlement_lines;
DROP TABLE settlements;
CREATE TABLE settlements (
    id          uuid PRIMARY KEY,
    processor   text NOT NULL,
    format      text NOT NULL CHECK (format IN ('processor', 'mapped')),
    file_hash   bytea NOT NULL,
    file_name   text NOT NULL,
    lines       integer NOT NULL CHECK (lines > 0),
    first_day   date NOT NULL,
    last_day    date NOT NULL,
    uploaded_by text NOT NULL,
    uploaded_at timestamptz NOT NULL,
    CONSTRAINT settlement_taken_once UNIQUE (processor, file_hash)
);
CREATE INDEX settlements_by_day ON settlements (processor, last_day);
CREATE TABLE settlement_lines (
    settlement_id  uuid NOT NULL REFERENCES settlements,
    line           integer NOT NULL,
    processor      text NOT NULL,
    kind           text NOT NULL CHECK (kind IN ('capture', 'refund', 'dispute', 'fee', 'payout', 'other')),
    reference      text NOT NULL,
    keys           text[] NOT NULL,
    amount_minor   bigint NOT NULL,
    fee_minor      bigint NOT NULL,
    currency       text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    settled_on     date NOT NULL,
    payout         text NOT NULL,
    state          text NOT NULL CHECK (state IN ('matched', 'repeated', 'exception')),
    operation_kind text,                       -- whose line it is, as far as that is known
    operation_id   uuid,
    dispute_id     uuid,
    PRIMARY KEY (settlement_id, line)
);
CREATE UNIQUE INDEX settlement_line_matched_once ON settlement_lines (processor, kind, reference)
    WHERE state = 'matched';
CREATE INDEX settlement_lines_by_reference ON settlement_lines (processor, reference);
CREATE INDEX settlement_lines_of_operation ON settlement_lines (operation_id, operation_kind)
    WHERE operation_id IS NOT NULL;
CREATE INDEX settlement_lines_by_day ON settlement_lines (processor, settled_on);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON settlement_lines
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What does not fit, until a person decides. `missing` is an operation without a line; the others are lines.
CREATE TABLE settlement_exceptions (
    id                uuid PRIMARY KEY,
    processor         text NOT NULL,
    problem           text NOT NULL CHECK (
        problem IN ('unknown', 'missing', 'amount_differs', 'currency_differs', 'twice')),
    settlement_id     uuid,
    line              integer,
    kind              text NOT NULL,
    reference         text NOT NULL,
    operation_id      uuid,
    order_id          uuid,
    amount_minor      bigint NOT NULL,         -- the processor's
    fee_minor         bigint NOT NULL,
    currency          text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    expected_minor    bigint NOT NULL,         -- ours
    expected_currency text NOT NULL CHECK (expected_currency ~ '^[A-Z]{3}$'),
    state             text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'resolved')),
    resolution        text CHECK (resolution IN ('difference_posted', 'ignored', 'settled')),
    note              text NOT NULL DEFAULT '',
    resolved_by       text,
    resolved_at       timestamptz,
    created_at        timestamptz NOT NULL,
    FOREIGN KEY (settlement_id, line) REFERENCES settlement_lines,
    CONSTRAINT exception_of_a_line_once UNIQUE (settlement_id, line),
    CONSTRAINT missing_has_no_line CHECK ((problem = 'missing') = (settlement_id IS NULL)),
    CONSTRAINT resolved_by_somebody CHECK (
        (state = 'resolved') = (resolution IS NOT NULL AND resolved_by IS NOT NULL AND resolved_at IS NOT NULL))
);
CREATE UNIQUE INDEX operation_missing_once ON settlement_exceptions (operation_id, kind) WHERE problem = 'missing';
CREATE INDEX settlement_exceptions_by_state ON settlement_exceptions (state, id);
