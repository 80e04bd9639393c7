CREATE TABLE reviews (
    review_id    uuid PRIMARY KEY,          -- sorts by when it was written
    product_id   uuid NOT NULL REFERENCES products,
    account_id   uuid NOT NULL,
    rating       integer NOT NULL CHECK (rating BETWEEN 1 AND 5),
    title        text NOT NULL,
    text         text NOT NULL,
    author       text NOT NULL,             -- as it is shown; empty once the account is closed
    language     text NOT NULL,             -- of the account that wrote it
    state        text NOT NULL CHECK (state IN ('pending', 'published', 'refused')),
    answer       text CHECK (answer <> ''), -- of the shop
    answered_at  timestamptz,
    version      integer NOT NULL CHECK (version > 0),
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    UNIQUE (product_id, account_id),
    CHECK ((answer IS NULL) = (answered_at IS NULL))
);
CREATE INDEX reviews_shown_newest ON reviews (product_id, review_id) WHERE state = 'published';
CREATE INDEX reviews_shown_rating ON reviews (product_id, rating, review_id) WHERE state = 'published';
CREATE INDEX reviews_state ON reviews (state, review_id);
CREATE INDEX reviews_account ON reviews (account_id, review_id);

CREATE TABLE review_changes (
    review_id    uuid NOT NULL REFERENCES reviews ON DELETE CASCADE,
    version      integer NOT NULL,
    from_state   text,                      -- null: it was written
    to_state     text NOT NULL,
    actor        text NOT NULL,
    changed_at   timestamptz NOT NULL,
    PRIMARY KEY (review_id, version)
);

-- What accounts bought, as the orders tell it: a review of it is a verified one. One row an order, so that it does
-- not matter in which order its events come.
CREATE TABLE purchases (
    order_id     uuid PRIMARY KEY,
    account_id   uuid NOT NULL,
    product_ids  uuid[] NOT NULL,
    cancelled    boolean NOT NULL
);
CREATE INDEX purchases_account ON purchases (account_id);
