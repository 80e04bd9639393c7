-- Keys that values are sealed with, each itself sealed with a key from the settings: see kernel/envelope.py.

CREATE TABLE data_keys (
    id         uuid PRIMARY KEY,
    purpose    text NOT NULL,
    kek        text NOT NULL,               -- the name of the key that wraps it
    wrapped    bytea NOT NULL,
    created_at timestamptz NOT NULL,
    wrapped_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX data_keys_of_purpose ON data_keys (purpose, created_at, id);
