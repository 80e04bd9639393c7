-- Times are RFC 3339 in UTC, except next_attempt_at: seconds since the epoch, NULL when there is none.

CREATE TABLE IF NOT EXISTS cards (
    token TEXT PRIMARY KEY,
    merchant TEXT NOT NULL,
    sealed_number BLOB NOT NULL,
    network TEXT NOT NULL,
    last4 TEXT NOT NULL,
    exp_month INTEGER NOT NULL,
    exp_year INTEGER NOT NULL,
    created_at TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS authorisations (
    id TEXT PRIMARY KEY,
    merchant TEXT NOT NULL,
    reference TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('authorised', 'declined', 'action_required', 'voided')),
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    currency TEXT NOT NULL,
    captured_minor INTEGER NOT NULL DEFAULT 0 CHECK (captured_minor BETWEEN 0 AND amount_minor),
    refunded_minor INTEGER NOT NULL DEFAULT 0 CHECK (refunded_minor BETWEEN 0 AND captured_minor),
    decline_code TEXT,
    soft_decline INTEGER NOT NULL,
    challenge_id TEXT UNIQUE,
    return_url TEXT,
    network TEXT NOT NULL,
    last4 TEXT NOT NULL,
    metadata TEXT NOT NULL,
    created_at TEXT NOT NULL,
    UNIQUE (merchant, reference),
    CHECK (captured_minor = 0 OR status = 'authorised')
) WITHOUT ROWID;

-- Cards that may be paid with again, made by the authorisation that asked for it.
CREATE TABLE IF NOT EXISTS instruments (
    id TEXT PRIMARY KEY,
    merchant TEXT NOT NULL,
    customer TEXT NOT NULL,
    token TEXT NOT NULL REFERENCES cards (token),
    authorisation_id TEXT NOT NULL UNIQUE REFERENCES authorisations (id)
) WITHOUT ROWID;

-- What cardholders want back; `body` is as it is answered.
CREATE TABLE IF NOT EXISTS disputes (
    id TEXT PRIMARY KEY,
    merchant TEXT NOT NULL,
    body BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS operations (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    merchant TEXT NOT NULL,
    authorisation_id TEXT NOT NULL REFERENCES authorisations (id),
    kind TEXT NOT NULL CHECK (kind IN ('authorise', 'capture', 'void', 'refund')),
    reference TEXT NOT NULL,
    amount_minor INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('succeeded', 'declined', 'pending')),
    request_hash BLOB NOT NULL,
    created_at TEXT NOT NULL,
    UNIQUE (merchant, reference)
);
CREATE INDEX IF NOT EXISTS operations_of_authorisation ON operations (authorisation_id);

-- The log: one row for each operation that moved, held or let go of money, never changed after.
CREATE TABLE IF NOT EXISTS effects (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    merchant TEXT NOT NULL,
    operation_id TEXT NOT NULL UNIQUE REFERENCES operations (id),
    kind TEXT NOT NULL,
    authorisation_id TEXT NOT NULL,
    reference TEXT NOT NULL,
    amount_minor INTEGER NOT NULL,
    currency TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS effects_of_merchant ON effects (merchant, sequence);

CREATE TABLE IF NOT EXISTS answers (
    merchant TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    request_hash BLOB NOT NULL,
    status INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (merchant, idempotency_key)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS faults (
    merchant TEXT NOT NULL,
    position INTEGER NOT NULL,
    operation TEXT NOT NULL,
    kind TEXT NOT NULL,
    times INTEGER NOT NULL CHECK (times >= 0),
    seconds REAL,
    PRIMARY KEY (merchant, position)
) WITHOUT ROWID;

-- How often a test card has already made trouble for a reference.
CREATE TABLE IF NOT EXISTS card_troubles (
    merchant TEXT NOT NULL,
    reference TEXT NOT NULL,
    times INTEGER NOT NULL,
    PRIMARY KEY (merchant, reference)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS webhook_endpoints (
    merchant TEXT PRIMARY KEY,
    url TEXT NOT NULL,
    secret TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS webhook_events (
    id TEXT PRIMARY KEY,
    merchant TEXT NOT NULL,
    body BLOB NOT NULL,
    deliveries_left INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at REAL,
    delivered_at TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS webhook_events_due ON webhook_events (next_attempt_at)
WHERE next_attempt_at IS NOT NULL;
