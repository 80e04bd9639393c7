-- The payments of an order are numbered; (order_id, number) is the key, and `id` their public name.
ALTER TABLE payments
    ADD COLUMN number integer NOT NULL DEFAULT 1 CHECK (number BETWEEN 1 AND 100),
    ADD COLUMN method text NOT NULL DEFAULT 'card' CHECK (
        method IN ('card', 'paypal', 'gift_card', 'bank_transfer', 'cash_on_delivery')),
    ADD COLUMN customer_id uuid,
    ADD COLUMN country text CHECK (country ~ '^[A-Z]{2}$'),
    ADD COLUMN received_minor bigint NOT NULL DEFAULT 0 CHECK (received_minor >= 0),  -- transferred, or collected
    ADD COLUMN let_go_minor bigint NOT NULL DEFAULT 0 CHECK (let_go_minor >= 0),  -- authorised, never to be taken
    ADD COLUMN expires_at timestamptz,         -- when the bank lets go of what is held
    ADD COLUMN expiry_due_at timestamptz,      -- when to see to that
    ADD CONSTRAINT let_go_within_authorised CHECK (
        captured_minor + capturing_minor + let_go_minor <= authorised_minor),
    ADD CONSTRAINT received_within_authorised CHECK (
        received_minor = 0 OR (method IN ('bank_transfer', 'cash_on_delivery')
            AND received_minor <= authorised_minor));
ALTER TABLE attempts
    ADD COLUMN number integer NOT NULL DEFAULT 1,
    ADD COLUMN method text NOT NULL DEFAULT 'card',
    ADD COLUMN processor text NOT NULL DEFAULT 'sandbox',
    ADD COLUMN stand_ins text[] NOT NULL DEFAULT '{}',  -- processors that may be tried where this one had no effect
    ADD COLUMN gift_card_id uuid,
    ADD COLUMN saved_method_id uuid,
    ADD COLUMN keep_method boolean NOT NULL DEFAULT false;
ALTER TABLE operations
    ADD COLUMN number integer NOT NULL DEFAULT 1,
    ADD COLUMN spread_id uuid;                 -- the order's capture or refund that this is a part of

ALTER TABLE operations DROP CONSTRAINT operations_order_id_attempt_fkey;
ALTER TABLE attempts DROP CONSTRAINT attempts_order_id_fkey;
ALTER TABLE ledger_entries DROP CONSTRAINT ledger_entries_order_id_fkey;
ALTER TABLE payments DROP CONSTRAINT payments_pkey;
ALTER TABLE payments ADD PRIMARY KEY (order_id, number);
ALTER TABLE attempts DROP CONSTRAINT attempts_pkey;
ALTER TABLE attempts ADD PRIMARY KEY (order_id, number, attempt);
ALTER TABLE attempts ADD FOREIGN KEY (order_id, number) REFERENCES payments;
ALTER TABLE operations ADD FOREIGN KEY (order_id, number, attempt) REFERENCES attempts;
DROP INDEX one_open_void;
CREATE UNIQUE INDEX one_open_void ON operations (order_id, number) WHERE kind = 'void' AND due_at IS NOT NULL;
CREATE INDEX operations_of_spread ON operations (spread_id) WHERE spread_id IS NOT NULL;
CREATE INDEX payments_of_customer ON payments (customer_id, id) WHERE customer_id IS NOT NULL;
CREATE INDEX payments_expiring ON payments (expiry_due_at) WHERE expiry_due_at IS NOT NULL;

-- A capture or a refund of an order that several payments share. Its parts are operations, fixed when it is begun.
CREATE TABLE spreads (
    id           uuid NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('capture', 'refund')),
    order_id     uuid NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    currency     text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    credit_minor bigint NOT NULL DEFAULT 0 CHECK (credit_minor BETWEEN 0 AND amount_minor),
    reason       text NOT NULL DEFAULT '',
    state        text NOT NULL CHECK (state IN ('open', 'succeeded', 'failed')),
    failure_code text,
    declined     boolean NOT NULL DEFAULT false,
    created_at   timestamptz NOT NULL,
    settled_at   timestamptz,
    PRIMARY KEY (id, kind)
);
CREATE INDEX spreads_of_order ON spreads (order_id);
CREATE INDEX spreads_open ON spreads (created_at) WHERE state = 'open';

-- Accounts beside the two of before. `processor` tells whose cash_at_processor and fees.
ALTER TABLE ledger_entries ALTER COLUMN order_id DROP NOT NULL;
ALTER TABLE ledger_entries ADD COLUMN processor text NOT NULL DEFAULT 'sandbox';
ALTER TABLE ledger_entries ALTER COLUMN processor SET DEFAULT '';
ALTER TABLE ledger_entries DROP CONSTRAINT ledger_entries_account_check;
ALTER TABLE ledger_entries ADD CONSTRAINT ledger_entries_account_check CHECK (
    account IN ('customer_receivable', 'cash_at_processor', 'cash_in_bank', 'refunds', 'fees', 'gift_cards',
                'disputes', 'cash_on_delivery', 'settlement_differences'));
DROP INDEX ledger_entries_balances;
CREATE INDEX ledger_entries_balances ON ledger_entries (account, processor, currency) INCLUDE (amount_minor);

-- A code is kept as its HMAC alone. What is held belongs to orders that are not shipped yet.
CREATE TABLE gift_cards (
    id            uuid PRIMARY KEY,
    code_mac      bytea NOT NULL UNIQUE,
    ending        text NOT NULL,
    currency      text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    issued_minor  bigint NOT NULL CHECK (issued_minor > 0),
    balance_minor bigint NOT NULL CHECK (balance_minor >= 0),
    held_minor    bigint NOT NULL DEFAULT 0 CHECK (held_minor >= 0),
    active        boolean NOT NULL DEFAULT true,
    expires_at    timestamptz,
    note          text NOT NULL DEFAULT '',
    issued_by     text NOT NULL,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    CONSTRAINT never_more_than_issued CHECK (balance_minor + held_minor <= issued_minor)
);
CREATE TABLE gift_card_moves (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    gift_card_id uuid NOT NULL REFERENCES gift_cards,
    kind         text NOT NULL CHECK (kind IN ('issue', 'hold', 'release', 'redeem', 'refund')),
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    reference    text NOT NULL,
    order_id     uuid,
    actor        text NOT NULL DEFAULT '',
    at           timestamptz NOT NULL,
    CONSTRAINT moved_once UNIQUE (reference, kind)
);
CREATE INDEX gift_card_moves_of_card ON gift_card_moves (gift_card_id, id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON gift_card_moves
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON gift_card_moves
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Money that came by bank transfer, or that was collected on delivery, as staff recorded it.
CREATE TABLE receipts (
    id           uuid PRIMARY KEY,
    order_id     uuid NOT NULL,
    number       integer NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    currency     text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    reference    text NOT NULL,
    received_on  date NOT NULL,
    actor        text NOT NULL,
    at           timestamptz NOT NULL,
    FOREIGN KEY (order_id, number) REFERENCES payments,
    CONSTRAINT receipt_recorded_once UNIQUE (order_id, number, reference)
);

-- What a processor keeps for a customer, who agreed to it. What it is called there is sealed.
CREATE TABLE saved_methods (
    id            uuid PRIMARY KEY,
    customer_id   uuid NOT NULL,
    processor     text NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('card', 'paypal')),
    sealed_source bytea,                       -- null once it was deleted
    source_mac    bytea,
    network       text NOT NULL DEFAULT '',
    last4         text NOT NULL DEFAULT '',
    consented_at  timestamptz NOT NULL,
    deleted_at    timestamptz,
    forget_due_at timestamptz,                 -- while the processor must still be told to forget it
    forget_tries  integer NOT NULL DEFAULT 0,
    created_at    timestamptz NOT NULL,
    CONSTRAINT kept_until_deleted CHECK (deleted_at IS NULL OR source_mac IS NULL),
    CONSTRAINT method_kept_once UNIQUE (customer_id, source_mac)
);
CREATE INDEX saved_methods_of_customer ON saved_methods (customer_id, id) WHERE deleted_at IS NULL;
CREATE INDEX saved_methods_to_forget ON saved_methods (forget_due_at) WHERE forget_due_at IS NOT NULL;

-- Which processors a payment is tried at, in order. The first rule that fits, by position, decides.
CREATE TABLE payment_rules (
    id             uuid PRIMARY KEY,
    position       integer NOT NULL,
    country        text CHECK (country ~ '^[A-Z]{2}$'),
    currency       text CHECK (currency ~ '^[A-Z]{3}$'),
    method         text CHECK (method IN ('card', 'paypal')),
    from_minor     bigint CHECK (from_minor >= 0),
    to_minor       bigint CHECK (to_minor >= 0),
    processors     text[] NOT NULL CHECK (cardinality(processors) BETWEEN 1 AND 5),
    active         boolean NOT NULL DEFAULT true,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    CONSTRAINT range_in_order CHECK (from_minor IS NULL OR to_minor IS NULL OR from_minor <= to_minor),
    CONSTRAINT range_in_currency CHECK ((from_minor IS NULL AND to_minor IS NULL) OR currency IS NOT NULL)
);
CREATE INDEX payment_rules_in_order ON payment_rules (position, id) WHERE active;

-- What came of a webhook: `parked` was not applied, with the reason; it may be tried again.
ALTER TABLE webhooks
    ADD COLUMN state text NOT NULL DEFAULT 'applied' CHECK (state IN ('received', 'applied', 'parked')),
    ADD COLUMN problem text,
    ADD COLUMN kind text NOT NULL DEFAULT '',
    ADD COLUMN refs text[] NOT NULL DEFAULT '{}',
    ADD COLUMN sealed boolean NOT NULL DEFAULT false,
    ADD COLUMN applied_at timestamptz,
    ADD COLUMN replays integer NOT NULL DEFAULT 0;
CREATE INDEX webhooks_parked ON webhooks (received_at) WHERE state = 'parked';

CREATE TABLE disputes (
    id              uuid PRIMARY KEY,
    order_id        uuid NOT NULL,
    number          integer NOT NULL,
    processor       text NOT NULL,
    processor_id    text NOT NULL,
    state           text NOT NULL CHECK (state IN ('needs_response', 'under_review', 'won', 'lost')),
    amount_minor    bigint NOT NULL CHECK (amount_minor > 0),
    currency        text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    reason          text NOT NULL,
    evidence        jsonb NOT NULL DEFAULT '{}',
    evidence_due_at timestamptz,
    submitting      boolean NOT NULL DEFAULT false,  -- sent, what became of it is not known yet
    submitted_at    timestamptz,
    closed_at       timestamptz,
    version         integer NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    FOREIGN KEY (order_id, number) REFERENCES payments,
    CONSTRAINT dispute_known_once UNIQUE (processor, processor_id)
);
CREATE INDEX disputes_by_state ON disputes (state, id);
CREATE INDEX disputes_of_payment ON disputes (order_id, number);

-- A processor's settlement file, line by line, against the ledger.
CREATE TABLE settlements (
    id          uuid PRIMARY KEY,
    processor   text NOT NULL,
    file_hash   bytea NOT NULL,
    file_name   text NOT NULL,
    lines       integer NOT NULL CHECK (lines > 0),
    uploaded_by text NOT NULL,
    uploaded_at timestamptz NOT NULL,
    CONSTRAINT settlement_taken_once UNIQUE (processor, file_hash)
);
CREATE TABLE settlement_lines (
    settlement_id uuid NOT NULL REFERENCES settlements,
    line          integer NOT NULL,
    processor     text NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('capture', 'refund', 'dispute', 'fee', 'payout')),
    reference     text NOT NULL,
    amount_minor  bigint NOT NULL,
    fee_minor     bigint NOT NULL,
    currency      text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    settled_on    date NOT NULL,
    payout        text NOT NULL DEFAULT '',
    state         text NOT NULL CHECK (state IN ('matched', 'exception', 'resolved')),
    problem       text,
    resolution    text,
    resolved_by   text,
    resolved_at   timestamptz,
    PRIMARY KEY (settlement_id, line),
    CONSTRAINT exception_has_problem CHECK ((state = 'matched') = (problem IS NULL)),
    CONSTRAINT resolved_by_somebody CHECK ((state = 'resolved') = (resolved_by IS NOT NULL))
);
CREATE UNIQUE INDEX settlement_line_matched_once ON settlement_lines (processor, kind, reference)
    WHERE state = 'matched' AND kind <> 'fee';
CREATE INDEX settlement_lines_open ON settlement_lines (settlement_id, line) WHERE state = 'exception';
CREATE INDEX settlement_lines_of_payout ON settlement_lines (processor, payout) WHERE payout <> '';
