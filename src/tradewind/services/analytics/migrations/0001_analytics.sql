-- What is on its way into the analytics store, and the truth that the store can be made anew from.

-- Events of behaviour, as they were acknowledged; gone from here once the store has them.
CREATE TABLE staged_events (
    batch_id     uuid PRIMARY KEY,
    received_at  timestamptz NOT NULL,
    event_count  integer NOT NULL CHECK (event_count > 0),
    events       bytea NOT NULL,  -- a JSON array of EventFact
    refused      text  -- why the store cannot take it: kept for a person to look at
);
ALTER TABLE staged_events ALTER COLUMN events SET STORAGE EXTERNAL;

-- What orders and carts tell, kept for good: all that reports say of them follows from here.
CREATE TABLE business_events (
    event_id     uuid PRIMARY KEY,
    sequence     bigint GENERATED ALWAYS AS IDENTITY,
    type         text NOT NULL,
    subject      text NOT NULL CHECK (subject IN ('order', 'cart')),
    subject_id   uuid NOT NULL,
    occurred_at  timestamptz NOT NULL,
    account_id   uuid,
    data         jsonb NOT NULL,
    loaded_at    timestamptz  -- when the store was told; none: it is to be
);
CREATE INDEX business_events_subject ON business_events (subject, subject_id, sequence);
CREATE INDEX business_events_account ON business_events (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX business_events_staged ON business_events (sequence) WHERE loaded_at IS NULL;

-- Orders of another system, as imported. `content` is the SHA-256 of the file: the same file is the same import.
CREATE TABLE history_imports (
    import_id    uuid PRIMARY KEY,
    content      bytea NOT NULL CONSTRAINT history_imports_content UNIQUE,
    file_name    text NOT NULL,
    options      jsonb NOT NULL,
    demo         boolean NOT NULL,
    state        text NOT NULL CHECK (state IN ('running', 'finished')),
    rows_read    bigint NOT NULL DEFAULT 0,
    lines        bigint NOT NULL DEFAULT 0,
    rejected     bigint NOT NULL DEFAULT 0,
    orders       bigint NOT NULL DEFAULT 0,
    started_at   timestamptz NOT NULL,
    finished_at  timestamptz,
    CHECK (rows_read = lines + rejected)
);

CREATE TABLE history_chunks (
    chunk_id    uuid PRIMARY KEY,
    import_id   uuid NOT NULL REFERENCES history_imports,
    number      integer NOT NULL CHECK (number >= 0),
    last_row    bigint NOT NULL,  -- the import goes on after it
    line_count  integer NOT NULL CHECK (line_count >= 0),
    net_parts   numeric(40, 0) NOT NULL,  -- of its lines, to be compared
    lines       bytea NOT NULL,  -- a JSON array of SaleLine, compressed (zlib)
    loaded_at   timestamptz,
    UNIQUE (import_id, number)
);
ALTER TABLE history_chunks ALTER COLUMN lines SET STORAGE EXTERNAL;
CREATE INDEX history_chunks_staged ON history_chunks (import_id, number) WHERE loaded_at IS NULL;

-- Which import an order of another system came with: it is in no other.
CREATE TABLE history_orders (
    source     text NOT NULL,
    invoice    text NOT NULL,
    import_id  uuid NOT NULL REFERENCES history_imports,
    PRIMARY KEY (source, invoice)
);

CREATE TABLE history_problems (
    import_id  uuid NOT NULL REFERENCES history_imports,
    line       bigint NOT NULL,  -- of the file; the header is line 1
    field      text NOT NULL,
    reason     text NOT NULL,
    PRIMARY KEY (import_id, line)
);

-- The store that all of this was loaded into, and when its holder was last at work.
CREATE TABLE stores (
    single    boolean PRIMARY KEY DEFAULT true CHECK (single),
    store_id  uuid NOT NULL,
    seen_at   timestamptz NOT NULL
);

-- What another process asks of the one that holds the store.
CREATE TABLE store_requests (
    request_id    uuid PRIMARY KEY,
    kind          text NOT NULL CHECK (kind IN ('check', 'rebuild')),
    requested_at  timestamptz NOT NULL,
    done_at       timestamptz,
    differences   jsonb
);
CREATE INDEX store_requests_open ON store_requests (requested_at) WHERE done_at IS NULL;
