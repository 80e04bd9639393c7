-- Every mail with what became of it, what people do not want, and what happened lately for those who watch.

CREATE TABLE messages (
    message_id  uuid PRIMARY KEY,
    event_id    uuid NOT NULL,
    kind        text NOT NULL,
    channel     text NOT NULL CHECK (channel IN ('email')),
    recipient   text NOT NULL CHECK (length(recipient) BETWEEN 1 AND 254),
    language    text NOT NULL,
    subject     text NOT NULL,
    data        jsonb NOT NULL,              -- the event as it was told; secrets in it are sealed by who told it
    account_id  uuid,
    order_id    uuid,
    state       text NOT NULL CHECK (state IN ('queued', 'sent', 'failed', 'suppressed')),
    round       integer NOT NULL DEFAULT 1,  -- a round is sent under one Message-ID; staff may begin another
    tries       integer NOT NULL DEFAULT 0,  -- in this round
    next_at     timestamptz,                 -- when it is tried, or the lease of who tries it ends
    reason      text,                        -- of the last try that failed
    occurred_at timestamptz NOT NULL,
    created_at  timestamptz NOT NULL,
    sent_at     timestamptz,
    CONSTRAINT messages_once_an_event UNIQUE (event_id, kind, recipient),
    CONSTRAINT messages_queued_are_due CHECK ((state = 'queued') = (next_at IS NOT NULL)),
    CONSTRAINT messages_sent_at_a_time CHECK (state <> 'sent' OR sent_at IS NOT NULL),
    CONSTRAINT messages_failed_for_a_reason CHECK (state <> 'failed' OR reason IS NOT NULL)
);
CREATE INDEX messages_due ON messages (next_at) WHERE state = 'queued';
CREATE INDEX messages_newest ON messages (created_at, message_id);
CREATE INDEX messages_by_state ON messages (state, created_at, message_id);
CREATE INDEX messages_by_recipient ON messages (lower(recipient), created_at, message_id);
CREATE INDEX messages_by_order ON messages (order_id) WHERE order_id IS NOT NULL;

-- Only what somebody chose. By address, for guests get mail too.
CREATE TABLE preferences (
    email       text NOT NULL CHECK (email = lower(email)),
    kind        text NOT NULL,
    channel     text NOT NULL,
    enabled     boolean NOT NULL,
    updated_at  timestamptz NOT NULL,
    PRIMARY KEY (email, kind, channel)
);

-- The id is handed out by a row that stays locked until the commit: who has seen id n has seen all before it.
CREATE TABLE feed_head (
    only_one    boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    id          bigint NOT NULL
) WITH (fillfactor = 10);
INSERT INTO feed_head (id) VALUES (0);

CREATE TABLE feed (
    id          bigint PRIMARY KEY,
    event_id    uuid NOT NULL UNIQUE,
    type        text NOT NULL,
    order_id    uuid NOT NULL,
    number      text,                        -- null while it is not known
    state       text NOT NULL,
    at          timestamptz NOT NULL
);
CREATE INDEX feed_by_order ON feed (order_id, id);
CREATE INDEX feed_at ON feed (at);
