-- One row an order. `state` repeats the state of its latest attempt, and the amounts repeat the sums of its
-- operations, so that one guarded UPDATE of this row decides what may happen next.
CREATE TABLE payments (
    order_id          uuid PRIMARY KEY,
    id                uuid NOT NULL UNIQUE,
    attempt           integer NOT NULL CHECK (attempt >= 0),  -- the latest; 0: cancelled before any
    state             text NOT NULL CHECK (
        state IN ('processing', 'action_required', 'authorised', 'declined', 'voided')),
    currency          text CHECK (currency ~ '^[A-Z]{3}$'),
    authorised_minor  bigint NOT NULL DEFAULT 0 CHECK (authorised_minor >= 0),
    capturing_minor   bigint NOT NULL DEFAULT 0 CHECK (capturing_minor >= 0),  -- asked for, outcome open
    captured_minor    bigint NOT NULL DEFAULT 0 CHECK (captured_minor >= 0),
    refunding_minor   bigint NOT NULL DEFAULT 0 CHECK (refunding_minor >= 0),  -- asked for, outcome open
    refunded_minor    bigint NOT NULL DEFAULT 0 CHECK (refunded_minor >= 0),
    void_requested_at timestamptz,             -- from then on nothing is authorised or captured any more
    void_reason       text,
    closing_due_at    timestamptz,             -- while what it holds must still be given back
    closing_tries     integer NOT NULL DEFAULT 0,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    status            text NOT NULL GENERATED ALWAYS AS (
        CASE
            WHEN state <> 'authorised' OR captured_minor = 0 THEN state
            WHEN refunded_minor = captured_minor THEN 'refunded'
            WHEN refunded_minor > 0 THEN 'partially_refunded'
            WHEN captured_minor < authorised_minor THEN 'partially_captured'
            ELSE 'captured'
        END) STORED,
    CONSTRAINT currency_known CHECK ((currency IS NULL) = (attempt = 0)),
    CONSTRAINT captured_within_authorised CHECK (captured_minor + capturing_minor <= authorised_minor),
    CONSTRAINT refunded_within_captured CHECK (refunded_minor + refunding_minor <= captured_minor),
    CONSTRAINT voided_without_capture CHECK (
        state = 'authorised' OR (captured_minor = 0 AND capturing_minor = 0)),
    CONSTRAINT closing_after_void_request CHECK (
        (closing_due_at IS NULL AND state <> 'voided') OR void_requested_at IS NOT NULL)
);
CREATE INDEX payments_by_status ON payments (status, id);
CREATE INDEX payments_closing ON payments (closing_due_at) WHERE closing_due_at IS NOT NULL;

-- One row a try to have the order's total authorised. It is committed before the processor is called.
CREATE TABLE attempts (
    order_id     uuid NOT NULL REFERENCES payments,
    attempt      integer NOT NULL CHECK (attempt > 0),
    state        text NOT NULL CHECK (
        state IN ('pending', 'processing', 'unknown', 'action_required',
                  'authorised', 'declined', 'abandoned', 'voided')),
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    currency     text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    sealed_token bytea,                        -- until the processor is known to have it
    return_url   text,
    processor_id text,
    network      text NOT NULL DEFAULT '',
    last4        text NOT NULL DEFAULT '',
    action_url   text,
    decline_code text,
    retryable    boolean NOT NULL DEFAULT false,
    sent_at      timestamptz,                  -- when last; null: it certainly never was
    tries        integer NOT NULL DEFAULT 1,
    due_at       timestamptz,                  -- when to ask what became of it; null once that is known
    leased_until timestamptz NOT NULL DEFAULT '-infinity',  -- one driver has it to itself
    created_at   timestamptz NOT NULL,
    settled_at   timestamptz,
    PRIMARY KEY (order_id, attempt),
    CONSTRAINT open_is_due CHECK (
        due_at IS NOT NULL OR state IN ('authorised', 'declined', 'abandoned', 'voided')),
    CONSTRAINT sent_unless_pending CHECK (
        sent_at IS NOT NULL OR state IN ('pending', 'abandoned', 'declined')),
    CONSTRAINT token_while_open CHECK (
        sealed_token IS NULL OR state IN ('pending', 'processing', 'unknown')),
    CONSTRAINT known_at_processor CHECK (
        processor_id IS NOT NULL OR state NOT IN ('action_required', 'authorised', 'voided'))
);
CREATE INDEX attempts_due ON attempts (due_at) WHERE due_at IS NOT NULL;

-- Captures, refunds and voids. Committed, with its amount counted on the payment, before the processor is called.
CREATE TABLE operations (
    id              uuid NOT NULL,             -- who asks chooses it: capture_id, refund_id
    kind            text NOT NULL CHECK (kind IN ('capture', 'refund', 'void')),
    order_id        uuid NOT NULL,
    attempt         integer NOT NULL,
    state           text NOT NULL CHECK (
        state IN ('pending', 'processing', 'unknown', 'succeeded', 'failed')),
    amount_minor    bigint NOT NULL CHECK (amount_minor > 0),
    reason          text NOT NULL DEFAULT '',
    processor_id    text,
    failure_code    text,
    failure_message text,
    declined        boolean NOT NULL DEFAULT false,  -- by the bank, rather than refused by the processor
    sent_at         timestamptz,
    tries           integer NOT NULL DEFAULT 1,
    due_at          timestamptz,
    leased_until    timestamptz NOT NULL DEFAULT '-infinity',
    created_at      timestamptz NOT NULL,
    settled_at      timestamptz,
    PRIMARY KEY (id, kind),
    FOREIGN KEY (order_id, attempt) REFERENCES attempts,
    CONSTRAINT open_is_due CHECK ((due_at IS NULL) = (state IN ('succeeded', 'failed'))),
    CONSTRAINT failure_has_code CHECK ((failure_code IS NOT NULL) = (state = 'failed'))
);
CREATE INDEX operations_of_order ON operations (order_id);
CREATE INDEX operations_due ON operations (due_at) WHERE due_at IS NOT NULL;
CREATE UNIQUE INDEX one_open_void ON operations (order_id) WHERE kind = 'void' AND due_at IS NOT NULL;

-- Every move of an attempt or an operation, by the reference that the processor knows it under.
CREATE TABLE history (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reference  text NOT NULL,
    from_state text NOT NULL,
    to_state   text NOT NULL,
    detail     text NOT NULL DEFAULT '',
    at         timestamptz NOT NULL
);
CREATE INDEX history_of_reference ON history (reference, id);

-- Double entry: a debit is positive, a credit negative, and what one operation posts sums to zero. A reference
-- posts once to an account, ever. An authorisation moves no money and is not posted.
CREATE TABLE ledger_entries (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reference    text NOT NULL,
    account      text NOT NULL CHECK (account IN ('cash_at_processor', 'customer_receivable')),
    order_id     uuid NOT NULL REFERENCES payments,
    currency     text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    amount_minor bigint NOT NULL CHECK (amount_minor <> 0),
    at           timestamptz NOT NULL,
    CONSTRAINT posted_once UNIQUE (reference, account)
);
CREATE INDEX ledger_entries_of_order ON ledger_entries (order_id);
CREATE INDEX ledger_entries_by_time ON ledger_entries (at, id);
CREATE INDEX ledger_entries_by_account ON ledger_entries (account, at, id);
CREATE INDEX ledger_entries_balances ON ledger_entries (account, currency) INCLUDE (amount_minor);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: post a reversing entry', TG_TABLE_NAME USING ERRCODE = 'check_violation';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger_entries
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON ledger_entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION refuse_imbalance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM ledger_entries WHERE reference = NEW.reference
        GROUP BY currency HAVING sum(amount_minor) <> 0)
    THEN
        RAISE EXCEPTION 'what % posts does not sum to zero', NEW.reference
            USING ERRCODE = 'check_violation', CONSTRAINT = 'posting_balances';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER posting_balances AFTER INSERT ON ledger_entries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_imbalance();

-- What the processor sent, as it came. The row commits together with what it made due.
CREATE TABLE webhooks (
    processor   text NOT NULL,
    webhook_id  text NOT NULL,
    body        bytea NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (processor, webhook_id)
);
CREATE INDEX webhooks_received_at ON webhooks (received_at);
