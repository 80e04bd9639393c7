-- Each product as the product service tells it, for the indexes of all processes to be built from.

-- Changes are numbered in the order in which they commit: whoever takes a number holds this row until then. So a
-- reader that has everything up to a number has missed nothing below it.
CREATE TABLE progress (
    single        boolean PRIMARY KEY DEFAULT true CHECK (single),
    source        uuid NOT NULL DEFAULT gen_random_uuid(),  -- an index of another database is not ours
    last_change   bigint NOT NULL DEFAULT 0,
    generation    integer NOT NULL DEFAULT 0,  -- grows when every index is to be built anew
    rebuild       text NOT NULL DEFAULT 'wanted' CHECK (rebuild IN ('idle', 'wanted', 'marking', 'asking')),
    wanted_at     timestamptz,   -- by staff
    rebuild_after uuid,          -- how far the running one has come
    rebuild_since timestamptz,
    held_until    timestamptz,   -- by the process that rebuilds
    built_at      timestamptz
);
INSERT INTO progress DEFAULT VALUES;

CREATE TABLE documents (
    product_id  uuid PRIMARY KEY,
    version     bigint NOT NULL,     -- of the product; 0: only its SKUs are known so far
    change      bigint NOT NULL,
    listed      boolean NOT NULL,    -- shoppers find it
    product     bytea NOT NULL,      -- the ProductDocument, as JSON
    skus        text[] NOT NULL,
    in_stock    boolean NOT NULL,
    sold        integer NOT NULL CHECK (sold >= 0),
    changed_at  timestamptz NOT NULL
);
CREATE INDEX documents_change ON documents (change);
CREATE INDEX documents_skus ON documents USING gin (skus);

-- Products of which something was heard: what it is now is asked, so that the order of what was heard is no matter.
CREATE TABLE stale (
    product_id   uuid PRIMARY KEY,
    mark         bigint NOT NULL,    -- another one: heard of again while it was being asked
    since        timestamptz NOT NULL,
    anew         boolean NOT NULL DEFAULT false,  -- by a rebuild: a later version that was known counts for nothing
    held_by      uuid,
    held_until   timestamptz NOT NULL DEFAULT '-infinity'
);
CREATE INDEX stale_since ON stale (since);
CREATE INDEX stale_anew ON stale (product_id) WHERE anew;
CREATE SEQUENCE marks;

CREATE TABLE categories (
    path  text PRIMARY KEY,
    slug  text NOT NULL
);

CREATE TABLE sales (
    product_id  uuid NOT NULL,
    day         date NOT NULL,
    pieces      integer NOT NULL CHECK (pieces > 0),
    PRIMARY KEY (product_id, day)
);
CREATE INDEX sales_day ON sales (day);

CREATE TABLE synonyms (
    synonym_id  uuid PRIMARY KEY,
    kind        text NOT NULL CHECK (kind IN ('two_way', 'one_way')),
    from_term   text,
    terms       text[] NOT NULL CHECK (cardinality(terms) > 0),
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    CONSTRAINT synonyms_from CHECK ((from_term IS NOT NULL) = (kind = 'one_way'))
);
CREATE INDEX synonyms_created ON synonyms (created_at, synonym_id);

CREATE TABLE searches (
    search_id   uuid PRIMARY KEY,
    at          timestamptz NOT NULL,
    query       text NOT NULL,
    normal      text NOT NULL,  -- equal for what differs in case, accents and punctuation alone
    hits        integer NOT NULL,
    account_id  uuid
);
CREATE INDEX searches_at ON searches (at);

CREATE TABLE clicks (
    search_id   uuid NOT NULL,
    product_id  uuid NOT NULL,
    position    integer NOT NULL,
    at          timestamptz NOT NULL,
    account_id  uuid,
    PRIMARY KEY (search_id, product_id)
);
CREATE INDEX clicks_at ON clicks (at);
