-- What every service's schema holds besides its own tables.

CREATE TABLE outbox (
    id           uuid PRIMARY KEY,
    type         text NOT NULL,
    key          text NOT NULL,             -- what the event is about: its aggregate's id
    payload      jsonb NOT NULL,
    trace        text NOT NULL DEFAULT '',
    occurred_at  timestamptz NOT NULL,
    awaiting     text[] NOT NULL,           -- subscribers that have not confirmed yet
    tries        integer NOT NULL DEFAULT 0,
    claimed_until timestamptz NOT NULL DEFAULT '-infinity'
);
CREATE INDEX outbox_unconfirmed ON outbox (claimed_until) WHERE awaiting <> '{}';
CREATE INDEX outbox_occurred_at ON outbox (occurred_at);

CREATE TABLE inbox (
    event_id     uuid NOT NULL,
    subscriber   text NOT NULL,
    type         text NOT NULL,
    state        text NOT NULL CHECK (state IN ('done', 'failed', 'parked')),
    received_at  timestamptz NOT NULL,
    tries        integer NOT NULL DEFAULT 1,
    retry_at     timestamptz,
    reason       text,
    envelope     jsonb,                     -- kept until it is done
    PRIMARY KEY (event_id, subscriber),
    CHECK (state = 'done' OR envelope IS NOT NULL)
);
CREATE INDEX inbox_unfinished ON inbox (state, retry_at) WHERE state <> 'done';
CREATE INDEX inbox_received_at ON inbox (received_at);

CREATE TABLE idempotency_keys (
    scope        text NOT NULL,             -- principal and route
    key          text NOT NULL,
    fingerprint  bytea NOT NULL,            -- of the request: the same key with another body is refused
    status       smallint,
    answer       bytea,                     -- null while a resumable request is under way
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);

CREATE TABLE job_runs (
    job          text PRIMARY KEY,
    next_at      timestamptz NOT NULL,
    started_at   timestamptz,
    finished_at  timestamptz,
    outcome      text
);
