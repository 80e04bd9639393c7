-- Accounts, their sessions, API keys and addresses; password resets; throttled log-ins.

CREATE TABLE accounts (
    id               uuid PRIMARY KEY,
    email            text,                         -- null once the account is closed
    name             text NOT NULL,
    language         text NOT NULL CHECK (language IN ('en', 'de')),
    roles            text[] NOT NULL,
    password_hash    text,                         -- argon2id, as a PHC string; null once closed
    password_version integer NOT NULL DEFAULT 1,   -- counts changes of the password, not of its hash
    created_at       timestamptz NOT NULL,
    closed_at        timestamptz,
    CONSTRAINT accounts_email_lower CHECK (email = lower(email)),
    CONSTRAINT accounts_open_or_anonymous CHECK (
        CASE WHEN closed_at IS NULL
            THEN email IS NOT NULL AND password_hash LIKE '$argon2id$%' AND cardinality(roles) > 0
            ELSE email IS NULL AND password_hash IS NULL AND name = '' AND roles = '{}'
        END
    )
);
CREATE UNIQUE INDEX accounts_email_key ON accounts (lower(email));
CREATE INDEX accounts_email_prefix ON accounts (email COLLATE "C") WHERE email IS NOT NULL;
CREATE INDEX accounts_roles ON accounts USING gin (roles);

CREATE TABLE role_changes (
    id           uuid PRIMARY KEY,
    account_id   uuid NOT NULL REFERENCES accounts,
    changed_by   text NOT NULL,                    -- the principal's name, or what set it up
    roles_before text[] NOT NULL,
    roles_after  text[] NOT NULL,
    changed_at   timestamptz NOT NULL
);
CREATE INDEX role_changes_account ON role_changes (account_id, id);

CREATE TABLE sessions (
    id             uuid PRIMARY KEY,
    account_id     uuid NOT NULL REFERENCES accounts,
    token_hash     bytea NOT NULL CHECK (octet_length(token_hash) = 32),
    created_at     timestamptz NOT NULL,
    last_seen_at   timestamptz NOT NULL,           -- true to the hour
    expires_at     timestamptz NOT NULL,           -- whatever happens; idleness ends it earlier
    client_address text NOT NULL,
    client_network text NOT NULL,                  -- the address, an IPv6 one without its lower half
    user_agent     text NOT NULL,
    CONSTRAINT sessions_token_hash_key UNIQUE (token_hash),
    CHECK (created_at <= last_seen_at AND created_at < expires_at)
);
CREATE INDEX sessions_account ON sessions (account_id, id);
CREATE INDEX sessions_last_seen_at ON sessions (last_seen_at);

CREATE TABLE api_keys (
    id           uuid PRIMARY KEY,
    account_id   uuid NOT NULL REFERENCES accounts,
    name         text NOT NULL,
    prefix       text NOT NULL,
    token_hash   bytea NOT NULL CHECK (octet_length(token_hash) = 32),
    scopes       text[] NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz,
    last_used_at timestamptz,                      -- true to the hour
    CONSTRAINT api_keys_token_hash_key UNIQUE (token_hash),
    CHECK (expires_at > created_at)
);
CREATE INDEX api_keys_account ON api_keys (account_id, id);

CREATE TABLE password_resets (
    id         uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts,
    token_hash bytea NOT NULL CHECK (octet_length(token_hash) = 32),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at > created_at),
    used_at    timestamptz,
    CONSTRAINT password_resets_token_hash_key UNIQUE (token_hash),
    CONSTRAINT password_resets_used_in_time CHECK (used_at < expires_at)
);
CREATE INDEX password_resets_account ON password_resets (account_id, created_at);
CREATE INDEX password_resets_expires_at ON password_resets (expires_at);

-- Keyed by a MAC of the e-mail address, whether or not there is such an account: both must look alike.
CREATE TABLE log_in_failures (
    subject       bytea NOT NULL,
    source        text NOT NULL,
    failures      integer NOT NULL CHECK (failures > 0),
    failed_at     timestamptz NOT NULL,
    blocked_until timestamptz NOT NULL CHECK (blocked_until >= failed_at),
    PRIMARY KEY (subject, source)
);
CREATE INDEX log_in_failures_failed_at ON log_in_failures (failed_at);

CREATE TABLE addresses (
    id               uuid PRIMARY KEY,
    account_id       uuid NOT NULL REFERENCES accounts,
    address          jsonb NOT NULL CHECK (jsonb_typeof(address) = 'object'),
    default_shipping boolean NOT NULL,
    default_billing  boolean NOT NULL,
    created_at       timestamptz NOT NULL
);
CREATE INDEX addresses_account ON addresses (account_id, id);
CREATE UNIQUE INDEX addresses_default_shipping ON addresses (account_id) WHERE default_shipping;
CREATE UNIQUE INDEX addresses_default_billing ON addresses (account_id) WHERE default_billing;
